// Hold an answer as lines, and read a term only when somebody looks at it: a hundred thousand rows
// cost no more than their text.
import { config } from "./config";
import type { Reply } from "./endpoint";
import { numberOf, parse, pointOf, timeOf, type Term } from "./terms";

export type Kind = "number" | "time" | "iri" | "point" | "text" | "none";

export interface Column {
  name: string;
  index: number;
  kind: Kind;
}

/** Rows that are looked at to tell the kind of a column. */
const SAMPLE = 500;

const TRIPLE = ["subject", "predicate", "object"];

export class Answer {
  readonly isTriples: boolean;
  readonly columns: Column[];
  private readonly lines: string[];

  constructor(reply: Reply) {
    this.isTriples = reply.kind === "triples";
    this.lines = reply.text.split("\n");
    if (this.lines.at(-1) === "") this.lines.pop();
    const head = this.isTriples ? "" : (this.lines.shift() ?? "");
    const names = this.isTriples ? TRIPLE : head.split("\t").map((name) => name.trim().slice(1)).filter(Boolean);
    this.columns = names.map((name, index) => ({ name, index, kind: this.kindOf(index) }));
  }

  get size(): number {
    return this.lines.length;
  }

  /** Reads a row's terms. */
  row(index: number): Term[] {
    return this.split(this.lines[index] ?? "").map(parse);
  }

  /** Reads the first rows. */
  rows(most: number): Term[][] {
    return Array.from({ length: Math.min(most, this.size) }, (_, index) => this.row(index));
  }

  /** Writes one row as results of its own. */
  written(row: number): string {
    const names = this.columns.map(({ name }) => `?${name}`).join("\t");
    return `${names}\n${this.split(this.lines[row] ?? "").join("\t")}\n`;
  }

  /** Orders rows by a column: numbers and times by value, texts as the page's language does. */
  sorted({ index, kind }: Column, descending: boolean): number[] {
    const terms = this.lines.map((line) => parse(this.split(line)[index] ?? ""));
    const value = kind === "number" ? numberOf : kind === "time" ? timeOf : undefined;
    const values = value && terms.map(value);
    const missing = terms.map((term, row) => (values ? Number.isNaN(values[row]) : term.kind === "none"));
    const { compare } = new Intl.Collator(config.language, { numeric: true });
    const sign = descending ? -1 : 1;
    // What has no value comes last either way.
    return terms
      .map((_, row) => row)
      .sort((a, b) => {
        if (missing[a] || missing[b]) return Number(missing[a]) - Number(missing[b]);
        return sign * (values ? values[a]! - values[b]! : compare(terms[a]!.value, terms[b]!.value));
      });
  }

  private split(line: string): string[] {
    if (!this.isTriples) return line.split("\t").map((cell) => cell.trim());
    return /^(\S+) (\S+) (.*?) ?\.$/s.exec(line)?.slice(1) ?? [line];
  }

  private kindOf(index: number): Kind {
    const kinds = new Set<Kind>();
    for (const row of this.rows(SAMPLE)) {
      const term = row[index];
      if (!term || term.kind === "none") continue;
      if (term.kind !== "literal") kinds.add(term.kind === "iri" ? "iri" : "text");
      else if (!Number.isNaN(numberOf(term))) kinds.add("number");
      else if (!Number.isNaN(timeOf(term))) kinds.add("time");
      else kinds.add(pointOf(term) ? "point" : "text");
    }
    return kinds.size === 1 ? [...kinds][0]! : kinds.size ? "text" : "none";
  }
}
