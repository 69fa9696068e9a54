// Ask the graph what fits: which properties, classes and things the query so far leaves possible.
import { config } from "../lib/config";
import { select } from "../lib/endpoint";
import { compact } from "../lib/terms";
import type { Context } from "./context";

export interface Suggestion {
  iri: string;
  written: string;
  name: string;
  /** How often it would match, where that was counted. */
  times?: number;
}

/** Seconds that a suggestion may take; after that there is none. */
const TIMEOUT = 4;
const MOST = 150;
const cache = new Map<string, Promise<Suggestion[]>>();

/** Gives what can stand at a place, most frequent first; nothing where the graph takes too long. */
export async function suggest(context: Context, typed: string): Promise<Suggestion[]> {
  const { role, subject } = context;
  if (role === "subject") return typed.length > 1 ? things(typed) : [];
  if (role === "predicate") return subject ? predicates(context) : [];
  if (role !== "object") return [];
  const found = await objects(context, "");
  const matching = found.filter(matches(typed));
  if (matching.length || typed.length < 2) return matching;
  const narrowed = found.length < MOST ? [] : await objects(context, typed);
  return narrowed.length ? narrowed : things(typed);
}

/** Makes a test for what is typed: the start of a word in the name, or a part of the term. */
export function matches(typed: string): (suggestion: Suggestion) => boolean {
  const wanted = typed.toLocaleLowerCase();
  return ({ written, name }) =>
    !wanted || written.toLowerCase().includes(wanted) || name.toLocaleLowerCase().includes(wanted);
}

function predicates(context: Context): Promise<Suggestion[]> {
  const path = context.predicate;
  const inverse = path.endsWith("^");
  const steps = path.replace(/[/|]?\^?$/, "");
  const from = steps ? "?step__" : context.subject;
  const start = steps ? `${context.subject} ${steps} ?step__ .` : "";
  const triple = inverse ? `?o__ ?found__ ${from} .` : `${from} ?found__ ?o__ .`;
  return ranked(`${stated(context)} ${start} ${triple}`, context);
}

function objects(context: Context, typed: string): Promise<Suggestion[]> {
  const { subject, predicate } = context;
  const narrow = typed ? `?found__ skos:prefLabel|rdfs:label ?l__ FILTER (CONTAINS(LCASE(STR(?l__)), ${quoted(typed)}))` : "";
  return ranked(`${stated(context)} ${subject} ${predicate} ?found__ . FILTER (isIRI(?found__)) ${narrow}`, context);
}

/** Finds things of the graph by a part of a name. */
function things(typed: string): Promise<Suggestion[]> {
  return fetched(
    `SELECT ?found__ (SAMPLE(?label) AS ?name__) WHERE { ?found__ skos:prefLabel|skos:altLabel ?label . ` +
      `FILTER (STRSTARTS(STR(?found__), ${quoted(`${config.base}id/`)}) && ` +
      `(CONTAINS(LCASE(STR(?label)), ${quoted(typed)}) || CONTAINS(STR(?found__), ${quoted(typed)}))) ` +
      `FILTER (lang(?label) = "${config.language}") } GROUP BY ?found__ ORDER BY STRLEN(?name__) LIMIT 40`,
  );
}

function stated(context: Context): string {
  return context.triples.map((triple) => `${triple.subject} ${triple.predicate} ${triple.object} .`).join(" ");
}

function ranked(pattern: string, context: Context): Promise<Suggestion[]> {
  const declared = [...context.declared].map(([name, iri]) => `PREFIX ${name}: <${iri}>`).join(" ");
  const tongue = `FILTER (lang(?name__) = "${config.language}")`;
  return fetched(
    `${declared} SELECT ?found__ ?times__ ?name__ WHERE { ` +
      `{ SELECT ?found__ (COUNT(*) AS ?times__) WHERE { ${pattern} } GROUP BY ?found__ ORDER BY DESC(?times__) LIMIT ${MOST} } ` +
      `OPTIONAL { ?found__ skos:prefLabel|rdfs:label ?name__ ${tongue} } } ORDER BY DESC(?times__) ?found__`,
  );
}

function fetched(query: string): Promise<Suggestion[]> {
  let found = cache.get(query);
  if (!found) {
    found = select(query, undefined, TIMEOUT).then(
      (rows) => {
        const known = new Map<string, Suggestion>();
        for (const { found__: term, times__: times, name__: name } of rows) {
          if (term?.kind !== "iri" || known.has(term.value)) continue;
          const written = compact(term.value);
          const said = name?.value || config.terms[written] || "";
          known.set(term.value, { iri: term.value, written, name: said, times: times ? Number(times.value) : undefined });
        }
        return [...known.values()];
      },
      () => {
        cache.delete(query);
        return [];
      },
    );
    cache.set(query, found);
  }
  return found;
}

function quoted(text: string): string {
  return JSON.stringify(text.toLocaleLowerCase());
}
