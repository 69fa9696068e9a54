// What the page tells its script: addresses, prefixes, and every word that it says.

export interface Config {
  endpoint: string;
  url: string;
  claims: string;
  cite: string;
  root: string;
  base: string;
  prefixes: Record<string, string>;
  language: string;
  languages: string[];
  runs: boolean;
  formats: { rows: string[]; triples: string[] };
  words: Record<string, string>;
  /** The formats by what people call them. */
  names: Record<string, string>;
  terms: Record<string, string>;
}

export const config = JSON.parse(document.getElementById("config")!.textContent!) as Config;

/** Gives a text of the page's catalogue with its {names} filled in. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = config.words[key];
  if (text === undefined) throw new Error(`the catalogue has no query.${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** Writes a number with the separators of the page's language. */
export function count(value: number): string {
  return value.toLocaleString(config.language);
}
