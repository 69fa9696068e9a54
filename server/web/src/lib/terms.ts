// Read terms as TSV results and N-Triples write them, and write IRIs with prefixes.
import { config } from "./config";

export interface Term {
  kind: "iri" | "literal" | "blank" | "none";
  value: string;
  language?: string;
  datatype?: string;
}

const XSD = "http://www.w3.org/2001/XMLSchema#";
const STRING = /^"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^<>]*)>)?$/s;
const NUMBER = /^[+-]?(?:\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const ESCAPES: Record<string, string> = { t: "\t", n: "\n", r: "\r", b: "\b", f: "\f" };
const NONE: Term = { kind: "none", value: "" };

/** Reads one term; what cannot be read is shown as it is. */
export function parse(written: string): Term {
  if (!written) return NONE;
  if (written.startsWith("<") && !written.startsWith("<<")) {
    return { kind: "iri", value: unescaped(written.slice(1, -1)) };
  }
  if (written.startsWith("_:")) return { kind: "blank", value: written };
  const literal = STRING.exec(written);
  if (literal) {
    const [, text = "", language, datatype] = literal;
    return { kind: "literal", value: unescaped(text), language, datatype };
  }
  const number = NUMBER.exec(written);
  if (number) {
    const type = number[2] ? "double" : written.includes(".") ? "decimal" : "integer";
    return { kind: "literal", value: written, datatype: XSD + type };
  }
  const isBoolean = written === "true" || written === "false";
  return { kind: "literal", value: written, datatype: isBoolean ? `${XSD}boolean` : undefined };
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)/gs, (_, code: string) =>
    code.length > 1 ? String.fromCodePoint(parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
  );
}

const byLength = Object.entries(config.prefixes).sort((a, b) => b[1].length - a[1].length);

/** Writes an IRI with a prefix where SPARQL can read it so, else in angle brackets. */
export function compact(iri: string): string {
  for (const [prefix, space] of byLength) {
    if (iri.startsWith(space) && /^\w(?:[\w-]*\w)?$/.test(iri.slice(space.length))) {
      return `${prefix}:${iri.slice(space.length)}`;
    }
  }
  return `<${iri}>`;
}

/** Gives the number of a numeric literal, else NaN. */
export function numberOf(term: Term): number {
  if (term.kind !== "literal" || !term.datatype?.startsWith(XSD)) return NaN;
  const type = term.datatype.slice(XSD.length);
  return /^(?:integer|decimal|double|float|long|int|short|byte|(?:non|un|pos|neg)\w+)$/.test(type)
    ? Number(term.value)
    : NaN;
}

/** Gives the moment of a date, a date with time, a month or a year, else NaN. */
export function timeOf(term: Term): number {
  if (term.kind !== "literal" || !term.datatype?.startsWith(XSD)) return NaN;
  if (!/(?:date|dateTime|dateTimeStamp|gYear|gYearMonth)$/.test(term.datatype)) return NaN;
  const match = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?(T[\d:.]+)?(Z|[+-]\d\d:\d\d)?$/.exec(term.value);
  if (!match) return NaN;
  const [, year, month = "01", day = "01", clock, zone] = match;
  return Date.parse(`${year}-${month}-${day}${clock ?? "T00:00:00"}${(clock && zone) || "Z"}`);
}

/** Gives longitude and latitude of a WKT point. */
export function pointOf(term: Term): [number, number] | undefined {
  const match = /^(?:<[^<>]*>\s*)?POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)$/i.exec(term.value);
  return term.kind === "literal" && match ? [Number(match[1]), Number(match[2])] : undefined;
}

/** Gives the address at which a browser may open an IRI; undefined for what is no web address. */
export function hrefOf(iri: string): string | undefined {
  if (iri.startsWith(config.base)) {
    return `${config.root}/${encodeURI(iri.slice(config.base.length))}`;
  }
  // A graph may hold javascript: and other schemes; only web addresses become links.
  return /^https?:\/\//.test(iri) ? iri : undefined;
}
