// Say what a term means while the pointer rests on it.
import { hoverTooltip } from "@codemirror/view";
import { config } from "../lib/config";
import { h } from "../lib/dom";
import { select } from "../lib/endpoint";
import { compact } from "../lib/terms";
import { contextAt } from "./context";
import { tokenize } from "./tokens";

export const definitions = hoverTooltip(async (view, pos) => {
  const text = view.state.doc.toString();
  const token = tokenize(text).find(({ start, text: { length } }) => start <= pos && pos < start + length);
  if (!token || (token.kind !== "name" && token.kind !== "iri")) return null;
  const iri = expanded(token.text, contextAt(text, 0, 0).declared);
  if (!iri) return null;
  const found = await meaning(iri);
  const name = found.name || config.terms[compact(iri)];
  if (!name && !found.definition) return null;
  return {
    pos: token.start,
    end: token.start + token.text.length,
    above: true,
    create: () => ({
      dom: h("div", { class: "definition" }, name && h("strong", {}, name), found.definition, h("small", {}, ` ${compact(iri)}`)),
    }),
  };
}, { hoverTime: 350 });

function expanded(text: string, declared: Map<string, string>): string | undefined {
  if (text.startsWith("<")) return text.slice(1, -1);
  const [prefix = "", ...rest] = text.split(":");
  const space = declared.get(prefix) ?? config.prefixes[prefix];
  return space && rest.join(":") ? space + rest.join(":") : undefined;
}

const known = new Map<string, { name: string; definition: string }>();

async function meaning(iri: string): Promise<{ name: string; definition: string }> {
  const found = known.get(iri) ?? { name: "", definition: "" };
  if (known.has(iri) || /[<>"{}|\\^`\s]/.test(iri)) return found;
  known.set(iri, found);
  const tongue = (variable: string) => `FILTER (lang(?${variable}) = "${config.language}")`;
  const [row] = await select(
    `SELECT ?name ?definition WHERE { OPTIONAL { <${iri}> skos:prefLabel|rdfs:label ?name ${tongue("name")} } ` +
      `OPTIONAL { <${iri}> skos:definition|rdfs:comment|schema:description ?definition ${tongue("definition")} } } LIMIT 1`,
    undefined,
    2,
  ).catch(() => []);
  return Object.assign(found, { name: row?.name?.value ?? "", definition: row?.definition?.value ?? "" });
}
