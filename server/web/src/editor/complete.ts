// Complete what is being typed: terms that fit, things by their names, variables, keywords.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import { config, count, t } from "../lib/config";
import { contextAt, type Context } from "./context";
import { matches, suggest } from "./suggest";

const OUTSIDE = "SELECT CONSTRUCT ASK DESCRIBE PREFIX BASE DISTINCT FROM WHERE VALUES LIMIT OFFSET HAVING".split(" ").concat("GROUP BY", "ORDER BY", "DESC", "ASC", "FROM NAMED");
const INSIDE = "FILTER OPTIONAL UNION MINUS BIND VALUES GRAPH SELECT".split(" ").concat("FILTER NOT EXISTS", "FILTER EXISTS");
const FUNCTIONS = "COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT STR LANG LANGMATCHES DATATYPE BOUND IRI ABS CEIL FLOOR ROUND CONCAT STRLEN SUBSTR UCASE LCASE CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER REGEX REPLACE YEAR MONTH DAY IF COALESCE isIRI isLITERAL isBLANK isNUMERIC sameTerm".split(" ");

/** Offers completions at the cursor. */
export async function complete(at: CompletionContext): Promise<CompletionResult | null> {
  const typed = at.matchBefore(/(?:[?$][\w]*|<[^\s<>]*|[\p{L}\p{N}_][\p{L}\p{N}_:.-]*)$/u)?.text ?? "";
  const from = at.pos - typed.length;
  const text = at.state.doc.toString();
  const context = contextAt(text, from, at.pos);
  if (!typed && !at.explicit && !/\s/.test(text.charAt(from - 1))) return null;
  // Unasked, nothing is offered where anything at all could stand.
  if (!typed && !at.explicit && !["predicate", "object"].includes(context.role)) return null;
  const options = typed.startsWith("?")
    ? variables(context)
    : [...(await terms(context, typed)), ...variables(context), ...words(context, typed)];
  if (at.aborted) return null;
  const wanted = typed.toLocaleLowerCase();
  const found = options.filter(({ label, type }) => type === "term" || label.toLowerCase().startsWith(wanted));
  return found.length ? { from, options: found, filter: false } : null;
}

async function terms(context: Context, typed: string): Promise<Completion[]> {
  const found = (await suggest(context, typed.replace(/^</, ""))).filter(matches(typed.replace(/^</, "")));
  return found.map(({ written, name, times }, i) => ({
    label: written,
    type: "term",
    detail: [name, times === undefined ? "" : `× ${count(times)}`].filter(Boolean).join("  "),
    boost: 99 - i / 10,
    apply: (view: EditorView, _: Completion, start: number, end: number) => insert(view, written, start, end, context),
  }));
}

/** Puts a term in, and declares its prefix where the query declares its own or nobody does. */
function insert(view: EditorView, written: string, from: number, to: number, context: Context): void {
  const prefix = /^([\w-]*):/.exec(written)?.[1];
  const space = prefix === undefined ? undefined : config.prefixes[prefix];
  const declares = context.declared.size > 0 && prefix !== undefined && !context.declared.has(prefix);
  const line = declares && space ? `PREFIX ${prefix}: <${space}>\n` : "";
  const end = from + line.length + written.length;
  view.dispatch({
    changes: [...(line ? [{ from: 0, insert: line }] : []), { from, to, insert: written }],
    selection: { anchor: end },
    userEvent: "input.complete",
  });
}

function variables({ variables: names, role }: Context): Completion[] {
  if (role === "prefix") return [];
  return names.map((label) => ({ label, type: "variable", boost: -10 }));
}

function words({ role, declared }: Context, typed: string): Completion[] {
  if (role === "prefix") {
    return Object.entries(config.prefixes).map(([name, iri]) => ({ label: `${name}: <${iri}>`, type: "keyword" }));
  }
  if (!typed) return [];
  const inGroup = role === "subject" || role === "predicate" || role === "object";
  const keywords = role === "expression" ? FUNCTIONS : inGroup ? INSIDE : OUTSIDE.concat(INSIDE);
  const spaces = inGroup ? Object.keys(config.prefixes).concat(...declared.keys()) : [];
  return [
    ...keywords.map((label) => ({ label, type: "keyword", boost: -20, apply: role === "expression" ? `${label}(` : `${label} ` })),
    ...[...new Set(spaces)].map((name) => ({ label: `${name}:`, type: "namespace", detail: t("prefix"), boost: -30 })),
  ];
}
