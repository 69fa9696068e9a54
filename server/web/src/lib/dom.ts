// Make elements. Whatever is text stays text: nothing here reads HTML.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;

/** Makes an HTML element; an attribute that is a function listens to the event of that name. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

/** Shortens a text for a drawing; the whole is told elsewhere. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Gives the width of a text in letters; a Chinese letter counts as two. */
export function wide(text: string): number {
  return text.length + (text.match(/[\u2e80-\uffef]/g)?.length ?? 0);
}

/** Breaks a text into two lines of about so many letters, and cuts off the rest; a Chinese letter counts as two. */
export function twoLines(text: string, width: number): string[] {
  const lines = [""];
  let used = 0;
  for (const word of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*/g) ?? []) {
    const size = /[\u2e80-\uffef]/.test(word) ? 2 : word.trimEnd().length;
    if (used && used + size > width) {
      if (lines.length === 2) return [lines[0]!.trimEnd(), `${lines[1]!.trimEnd()}…`];
      lines.push("");
      used = 0;
    }
    lines.push(lines.pop()! + cut(word, width + 4));
    used += size + (word.endsWith(" ") ? 1 : 0);
  }
  return lines.map((line) => line.trimEnd());
}
