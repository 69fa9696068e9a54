// Ask the endpoint, and find names for what it answers.
import { config } from "./config";
import { compact, parse, type Term } from "./terms";

/** An answer as it came: rows are TSV, triples N-Triples, a truth is true or false. */
export interface Reply {
  kind: "rows" | "triples" | "truth";
  text: string;
  bytes: number;
  seconds: number;
}

/** A refusal, as problem+json tells it. */
export interface Told {
  title: string;
  detail: string;
  status: number;
  line?: number;
  column?: number;
  hint?: string;
}

/** What the endpoint refuses, in its own words. */
export class Problem extends Error {
  constructor(readonly told: Told) {
    super(told.detail);
  }
}

const ACCEPT = "text/tab-separated-values, application/n-triples;q=0.9, application/problem+json;q=0.5";
/** Longer questions go by POST, which no cache keeps. */
const LONGEST_ADDRESS = 8000;

/** Asks a query; throws Problem, or AbortError when the signal aborts. */
export async function ask(query: string, signal?: AbortSignal, timeout?: number): Promise<Reply> {
  const params = new URLSearchParams({ query });
  if (timeout) params.set("timeout", String(timeout));
  const long = params.toString().length > LONGEST_ADDRESS;
  const started = performance.now();
  const response = await fetch(long ? config.endpoint : `${config.endpoint}?${params}`, {
    method: long ? "POST" : "GET",
    // What it refuses is told in the language of the page, whatever the browser prefers.
    headers: { accept: ACCEPT, "accept-language": config.language },
    body: long ? params : undefined,
    signal,
  });
  const type = response.headers.get("content-type") ?? "";
  const text = await response.text();
  if (!response.ok) {
    const { status, statusText } = response;
    throw new Problem(type.includes("json") ? JSON.parse(text) : { title: statusText, detail: text, status });
  }
  const isTruth = /^(?:true|false)\s*$/.test(text);
  const kind = type.startsWith("application/n-triples") ? "triples" : isTruth ? "truth" : "rows";
  return { kind, text, bytes: new Blob([text]).size, seconds: (performance.now() - started) / 1000 };
}

/** Asks a SELECT, and reads its rows. */
export async function select(
  query: string,
  signal?: AbortSignal,
  timeout?: number,
): Promise<Record<string, Term>[]> {
  const { text } = await ask(query, signal, timeout);
  const [head = "", ...lines] = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const names = head.split("\t").map((name) => name.trim().replace(/^\?/, ""));
  return lines.map((line) => {
    const cells = line.split("\t");
    return Object.fromEntries(names.map((name, i) => [name, parse((cells[i] ?? "").trim())]));
  });
}

const names = new Map<string, string>();

/** Gives the name of a thing if it is known by now: the catalogue's, or one that was looked up. */
export function nameOf(iri: string): string | undefined {
  return names.get(iri) || config.terms[compact(iri)];
}

/** Looks up the names of things, those not known yet in one question. */
export async function findNames(iris: Iterable<string>): Promise<void> {
  const unknown = [...new Set(iris)].filter((iri) => !names.has(iri) && !/[<>"{}|\\^`\s]/.test(iri));
  const wanted = unknown.slice(0, 400);
  if (!wanted.length) return;
  const order = [config.language, ...config.languages.filter((tag) => tag !== config.language)];
  const tags = order.map((tag) => `"${tag}"`).join(", ");
  const rows = await select(
    `SELECT ?thing ?name WHERE { VALUES ?thing { ${wanted.map((iri) => `<${iri}>`).join(" ")} } ` +
      `?thing skos:prefLabel|rdfs:label ?name FILTER (lang(?name) IN (${tags})) }`,
    undefined,
    5,
  ).catch(() => []);
  for (const iri of wanted) names.set(iri, "");
  // The page's language comes last, so that it stays.
  for (const tag of order.reverse()) {
    for (const { thing, name } of rows) if (thing && name?.language === tag) names.set(thing.value, name.value);
  }
}
