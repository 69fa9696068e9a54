// Write terms for people: names as links with the IRI beside, texts as texts.
import { config } from "../lib/config";
import { h } from "../lib/dom";
import { nameOf } from "../lib/endpoint";
import { compact, hrefOf, numberOf, type Term } from "../lib/terms";

/** Writes a term as a cell of a table shows it. */
export function cell(term: Term): Node {
  if (term.kind === "iri") return link(term.value);
  if (term.kind === "none") return h("span", { class: "none" });
  if (term.kind === "blank") return h("code", {}, term.value);
  const shown = h("bdi", { lang: term.language || undefined }, Number.isNaN(numberOf(term)) ? term.value : grouped(term.value));
  if (term.language && term.language !== config.language) shown.append(h("small", {}, ` @${term.language}`));
  return shown;
}

/** Writes a number with separators, its digits as they are. */
function grouped(value: string): string {
  return /^[+-]?\d{5,}(?:\.\d+)?$/.test(value) ? value.replace(/\d(?=(?:\d{3})+(?:\.|$))/g, "$&,") : value;
}

/** Writes an IRI as a link by its name, with its short form beside. */
export function link(iri: string): Node {
  const name = nameOf(iri);
  const short = compact(iri).replace(/^<(?:https?:\/\/)?(.*)>$/, "$1");
  const href = hrefOf(iri);
  const shown = name ? h("bdi", {}, name) : h("code", {}, short);
  const own = iri.startsWith(config.base);
  return h(
    "span",
    { class: "named" },
    href ? h("a", { href, class: own ? undefined : "out", rel: own ? undefined : "external" }, shown) : shown,
    name && h("code", { class: "short" }, short),
  );
}

/** Says a term in one line, for drawings and choices. */
export function say(term: Term): string {
  return term.kind === "iri" ? (nameOf(term.value) ?? compact(term.value).replace(/^<(?:https?:\/\/)?(.*)>$/, "$1")) : term.value;
}
