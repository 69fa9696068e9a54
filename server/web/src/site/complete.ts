// Completes a search as one types: a combobox with a list of things (WAI-ARIA, "List Autocomplete").

interface Found {
  name: string;
  names: Record<string, string>;
  kind: string;
  url: string;
}

const WAIT = 120;
let lists = 0;

export function completeSearch(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>("input[type=search]");
  if (!input) return;
  const address = form.action.split("?")[0]!;
  const kinds: Record<string, string> = JSON.parse(form.dataset.kinds ?? "{}");
  const list = document.createElement("ul");
  list.id = `found-${(lists += 1)}`;
  list.className = "found";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label ?? "");
  input.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) input.setAttribute(name, value);

  let chosen = -1;
  let timer = 0;
  let asking: AbortController | undefined;

  const options = () => [...list.children] as HTMLElement[];

  function close(): void {
    asking?.abort();
    clearTimeout(timer);
    list.hidden = true;
    choose(-1);
    input!.setAttribute("aria-expanded", "false");
  }

  function choose(index: number): void {
    chosen = index;
    options().forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    const option = options()[index];
    if (option) {
      input!.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input!.removeAttribute("aria-activedescendant");
  }

  function open(found: Found): void {
    const language = new URLSearchParams(location.search).get("lang");
    location.assign(found.url + (language ? `?lang=${encodeURIComponent(language)}` : ""));
  }

  function show(results: Found[]): void {
    list.replaceChildren(...results.map((found, i) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${i}`;
      option.setAttribute("role", "option");
      const other = Object.values(found.names).find((name) => name !== found.name);
      for (const [part, text] of [["name", found.name], ["other", other], ["kind", kinds[found.kind] ?? found.kind]]) {
        if (!text) continue;
        const span = document.createElement("span");
        span.className = part!;
        span.textContent = text;
        option.append(span, " ");
      }
      // Before the input loses the focus, which would close the list.
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        open(found);
      });
      return option;
    }));
    list.hidden = results.length === 0;
    input!.setAttribute("aria-expanded", String(results.length > 0));
    choose(-1);
    current = results;
  }

  let current: Found[] = [];

  async function ask(): Promise<void> {
    const text = input!.value.trim();
    asking?.abort();
    if (!text) return close();
    asking = new AbortController();
    const query = new URLSearchParams({ q: text, limit: "8", lang: document.documentElement.lang.slice(0, 2) });
    try {
      const answer = await fetch(`${address}?${query}`, {
        headers: { accept: "application/json" },
        signal: asking.signal,
      });
      if (answer.ok) show((await answer.json()).results);
    } catch {
      // Stopped by the next letter, or offline: the form itself still searches.
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = options().length - 1;
    if (event.key === "Escape" && !list.hidden) close();
    else if (list.hidden || last < 0) return;
    else if (event.key === "ArrowDown") choose(chosen === last ? -1 : chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen === -1 ? last : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) open(current[chosen]!);
    else return;
    event.preventDefault();
  });
}
