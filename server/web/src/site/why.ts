// Unfolds the derivation of an inferred fact beside it; the link itself still opens its page.

export function unfoldReasons(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a.why")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void toggle(link);
    });
    link.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      link.click();
    });
  }
}

async function toggle(link: HTMLAnchorElement): Promise<void> {
  const shown = link.nextElementSibling;
  if (shown?.classList.contains("proof")) {
    shown.remove();
    link.setAttribute("aria-expanded", "false");
    return;
  }
  const answer = await fetch(link.href, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const proof = page.querySelector(".proof");
  // Whatever the page is, its own address shows it whole.
  if (!answer.ok || !proof) return location.assign(link.href);
  link.after(document.adoptNode(proof));
  link.setAttribute("aria-expanded", "true");
}
