// Tell what can stand at a place of an unfinished query, and what the rest of the query says of it.
import { tokenize, type Token } from "./tokens";

export interface Triple {
  subject: string;
  predicate: string;
  object: string;
}

export interface Context {
  /** What a term at the place would be; `word` where only keywords and variables can stand. */
  role: "subject" | "predicate" | "object" | "word" | "prefix" | "expression";
  subject: string;
  predicate: string;
  /** The triples that are tied to the subject, wherever in the query they stand. */
  triples: Triple[];
  variables: string[];
  declared: Map<string, string>;
}

interface Group {
  state: "subject" | "predicate" | "object" | "end";
  subject: string;
  predicate: string[];
  triples: Triple[];
  /** Where `]` goes on: the state around a blank node. */
  outer?: Pick<Group, "state" | "subject" | "predicate">[];
}

const SKIPPED = new Set(["FILTER", "BIND", "HAVING", "VALUES", "ORDER", "GROUP", "LIMIT", "OFFSET", "SELECT"]);
const BEFORE_GROUP = new Set(["OPTIONAL", "UNION", "MINUS", "GRAPH", "SERVICE", "WHERE", "EXISTS", "NOT"]);

/** Looks at a place of a query; what is being typed there stands between `from` and `to`. */
export function contextAt(text: string, from: number, to: number): Context {
  const before = tokenize(text.slice(0, from));
  const rest = text.slice(to);
  const reader = new Reader();
  before.forEach((token) => reader.read(token));
  const { group } = reader;
  // What follows the unfinished statement, up to the end of its group, says something too.
  const after = new Reader();
  after.open();
  const following = tokenize(rest);
  const end = following.findIndex(({ text: mark }) => mark === "." || mark === ";" || mark === "}");
  const continues = following[end]?.text === ";";
  if (continues && group) Object.assign(after.group!, { state: "end", subject: group.subject });
  for (const token of following.slice(end < 0 ? following.length : end)) {
    after.read(token);
    if (!after.group) break;
  }
  const all = [...reader.groups.flatMap(({ triples }) => triples), ...after.all];
  const subject = group?.subject ?? "";
  const tokens = [...before, ...following];
  return {
    role: reader.role,
    subject,
    predicate: group?.predicate.join("") ?? "",
    triples: tied(all, subject),
    variables: [...new Set(tokens.filter(({ kind, text: name }) => kind === "variable" && name.length > 1).map(({ text: name }) => name))],
    declared: prefixes(tokens),
  };
}

class Reader {
  readonly groups: Group[] = [];
  readonly all: Triple[] = [];
  private parentheses = 0;
  private skipping = "";
  private last: Token | undefined;
  private blanks = 0;
  /** Whether the next term names a graph or a service. */
  private names = false;

  get group(): Group | undefined {
    return this.groups.at(-1);
  }

  get role(): Context["role"] {
    if (this.last?.text.toUpperCase() === "PREFIX") return "prefix";
    if (this.parentheses > 0) return "expression";
    if (!this.group || this.skipping) return "word";
    return this.group.state === "end" ? "word" : this.group.state;
  }

  open(): void {
    this.groups.push({ state: "subject", subject: "", predicate: [], triples: [] });
  }

  read(token: Token): void {
    const { text } = token;
    const word = token.kind === "word" ? text.toUpperCase() : "";
    const inPath = this.parentheses === 0 && !this.skipping && this.group?.state === "predicate";
    this.last = token;
    if (text === "(" && !inPath) this.parentheses += 1;
    else if (text === ")" && !inPath) {
      this.parentheses -= 1;
      if (this.parentheses === 0 && this.skipping !== "VALUES") this.skipping = "";
    } else if (text === "{") {
      // What stands between the braces of VALUES is no pattern, so skipping goes on there.
      if (this.skipping !== "VALUES") this.skipping = "";
      this.parentheses = 0;
      this.open();
    } else if (text === "}") {
      this.skipping = "";
      this.groups.pop();
      if (this.group) this.group.state = "subject";
    } else if (this.parentheses > 0 || !this.group) return;
    else if (SKIPPED.has(word)) this.skipping = word;
    else if (BEFORE_GROUP.has(word)) this.names = word === "GRAPH" || word === "SERVICE";
    else if (this.names) this.names = false;
    else if (!this.skipping) this.term(token, this.group);
  }

  private term({ kind, text }: Token, group: Group): void {
    if (text === ".") Object.assign(group, { state: "subject", subject: "", predicate: [] });
    else if (text === ";") Object.assign(group, { state: "predicate", predicate: [] });
    else if (text === ",") group.state = "object";
    else if (text === "[") this.blank(group);
    else if (text === "]") this.unblank(group);
    else if (group.state === "predicate" && (kind === "mark" || !complete(group.predicate))) group.predicate.push(text);
    else if (group.state === "subject") Object.assign(group, { subject: text, state: "predicate", predicate: [] });
    else if (kind !== "mark") this.object(group, text);
    // A predicate is known to be whole only when what follows is no part of a path.
    if (group.state === "predicate" && complete(group.predicate)) group.state = "object";
    else if (group.state === "object" && /^[/|*+?]$/.test(text) && kind === "mark") {
      group.predicate.push(text);
      group.state = complete(group.predicate) ? "object" : "predicate";
    }
  }

  private object(group: Group, text: string): void {
    if (group.state !== "object") return;
    const triple = { subject: group.subject, predicate: group.predicate.join(""), object: text };
    group.triples.push(triple);
    this.all.push(triple);
    group.state = "end";
  }

  private blank(group: Group): void {
    const node = `?blank__${(this.blanks += 1)}`;
    if (group.state === "object") this.object(group, node);
    const { state, subject, predicate } = group;
    (group.outer ??= []).push({ state: state === "subject" ? "predicate" : state, subject: state === "subject" ? node : subject, predicate });
    Object.assign(group, { state: "predicate", subject: node, predicate: [] });
  }

  private unblank(group: Group): void {
    const outer = group.outer?.pop();
    if (outer) Object.assign(group, outer);
  }
}

/** Tells whether a path can end here: neither empty nor after an operator that wants more. */
function complete(path: string[]): boolean {
  const last = path.at(-1);
  const depth = path.reduce((sum, text) => sum + (text === "(" ? 1 : text === ")" ? -1 : 0), 0);
  return last !== undefined && depth === 0 && !/^[/|^!(]$/.test(last);
}

/** Keeps the triples that hang together with a term. */
function tied(triples: Triple[], subject: string): Triple[] {
  const known = new Set([subject]);
  const kept = new Set<Triple>();
  for (let size = -1; size !== kept.size; ) {
    size = kept.size;
    for (const triple of triples) {
      if (![triple.subject, triple.predicate, triple.object].some((term) => known.has(term))) continue;
      kept.add(triple);
      for (const term of Object.values(triple) as string[]) if (/^[?$]/.test(term)) known.add(term);
    }
  }
  return [...kept].filter((triple) => !Object.values(triple).some((term: string) => term.startsWith("_:")));
}

function prefixes(tokens: Token[]): Map<string, string> {
  const declared = new Map<string, string>();
  tokens.forEach((token, i) => {
    const [name, iri] = [tokens[i + 1], tokens[i + 2]];
    if (token.text.toUpperCase() === "PREFIX" && name?.kind === "name" && iri?.kind === "iri") {
      declared.set(name.text.split(":")[0]!, iri.text.slice(1, -1));
    }
  });
  return declared;
}
