// Split a query into tokens, as far as completion needs them: an unfinished query has them too.

export interface Token {
  kind: "variable" | "iri" | "name" | "literal" | "word" | "mark";
  text: string;
  start: number;
}

const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+|#[^\n]*)`,
    String.raw`(?<variable>[?$][\p{L}\p{N}_]*)`,
    String.raw`(?<iri><[^<>"{}|^\x60\\\s]*>)`,
    String.raw`(?<literal>"""[\s\S]*?"""(?:@[\w-]+)?|'''[\s\S]*?'''(?:@[\w-]+)?|"(?:[^"\\\n]|\\.)*"?(?:@[\w-]+)?|'(?:[^'\\\n]|\\.)*'?(?:@[\w-]+)?|[\d.]*\d(?:e[+-]?\d+)?)`,
    String.raw`(?<name>_:[\w-]+|(?:\p{L}[\p{L}\p{N}_-]*)?:(?:[\p{L}\p{N}_:%-](?:[\p{L}\p{N}_:%.-]*[\p{L}\p{N}_:%-])?)?)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_-]*)`,
    String.raw`(?<mark>\^\^|&&|\|\||[<>!]=|.)`,
  ].join("|"),
  "suy",
);

/** Splits a text; spaces and comments are left out. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [kind] = Object.entries(match.groups!).find(([, value]) => value !== undefined)!;
    if (kind !== "space") tokens.push({ kind: kind as Token["kind"], text: match[0], start: match.index });
    if (TOKEN.lastIndex >= text.length) break;
  }
  return tokens;
}
