// Puts a button beside each text that is there to be copied.

export function copyTexts(): void {
  const words = document.body.dataset;
  for (const text of document.querySelectorAll<HTMLElement>("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button copy";
    button.textContent = words.wordCopy ?? "";
    button.addEventListener("click", () => {
      const value = text instanceof HTMLTextAreaElement ? text.value : text.textContent ?? "";
      void navigator.clipboard.writeText(value.trim().replace(/\s+\n/g, "\n")).then(() => {
        button.textContent = words.wordCopied ?? "";
      });
    });
    text.after(button);
  }
}
