"""Constraints on one value as SPARQL expressions, where the engine and pySHACL agree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import pyoxigraph as ox
import rdflib
from rdflib.namespace import RDF, RDFS, XSD
from rdflib.term import Node

from iprgraph.rdf.lexical_forms import ESCAPE, EscapedLiterals
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.shacl.compile.conditions import (
    FALSE,
    HOLDS,
    UNKNOWN,
    Condition,
    conjunction,
    disjunction,
    every,
    exists,
    safe,
)
from iprgraph.shacl.compile.paths import SH, NotCompiled, iri

_BRIDGE = Bridge()
_WRITTEN = EscapedLiterals()

_KINDS = {
    SH.IRI: "isIRI({v})",
    SH.BlankNode: "isBlank({v})",
    SH.Literal: "isLiteral({v})",
    SH.BlankNodeOrIRI: "!isLiteral({v})",
    SH.BlankNodeOrLiteral: "!isIRI({v})",
    SH.IRIOrLiteral: "!isBlank({v})",
}

_DAY = "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
#: Datatype -> lexical forms that both the engine and pySHACL accept.
_FORMS = {
    XSD.date: f"^[1-9][0-9]{{3}}-{_DAY}$",
    XSD.dateTime: f"^[1-9][0-9]{{3}}-{_DAY}T{_TIME}(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?$",
    XSD.gYear: "^[1-9][0-9]{3}$",
    XSD.gYearMonth: "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$",
    XSD.integer: "^[+-]?[0-9]{1,18}$",
    XSD.decimal: "^[+-]?[0-9]{1,18}([.][0-9]{1,18})?$",
    XSD.boolean: "^(true|false)$",
    XSD.nonNegativeInteger: "^[0-9]{1,18}$",
    XSD.positiveInteger: "^[1-9][0-9]{0,17}$",
}
#: Datatypes of which the value must be valid too: 30 February has the form of a date.
_WITH_VALUE = (XSD.date, XSD.dateTime)
#: Datatypes that pySHACL accepts by name alone.
_BY_NAME = (XSD.string, XSD.anyURI)

#: Parts of a query that are only needed for escaped literals.
_OWN = re.compile(
    r"COALESCE\(STRDT\(STR\((\?\w+)\), IRI\(STRAFTER\(STR\(DATATYPE\(\1\)\), "
    rf'"{ESCAPE}"\)\)\), \1\)'
)
_NAMED = re.compile(f", <{ESCAPE}[^>]*>")

#: Regular expressions that mean the same in Python and in the engine: no character escapes except of
#: punctuation, no special groups, no nested character sets.
_PATTERN = re.compile(
    r"(?:[^\\\[\](){}?*+|]|\\[.\-/+*?|^$(){}\[\]]"
    r"|\[\^?(?:[A-Za-z0-9_.:/#@ ,;=]|(?<=[A-Za-z0-9])-(?=[A-Za-z0-9]))+-?\]"
    r"|\((?!\?)|\)|\||(?:[?*+]|\{[0-9]+(?:,[0-9]*)?\})(?![?*+{]))*"
)


def term(node: Node) -> str:
    """Return a term in SPARQL as it is in the store; raises NotCompiled for a blank node."""
    if isinstance(node, rdflib.BNode):
        raise NotCompiled("it names a blank node as a value")
    return (
        iri(node)
        if isinstance(node, rdflib.URIRef)
        else str(_WRITTEN.escape(_BRIDGE.to_oxigraph(node)))
    )


def text(string: str) -> str:
    """Return a string as a SPARQL literal."""
    return str(ox.Literal(string))


def value_of(v: str) -> str:
    """Return the expression for a value, unescaped where it is an escaped literal."""
    own = f"STRDT(STR({v}), IRI(STRAFTER(STR(DATATYPE({v})), {text(ESCAPE)})))"
    return f"COALESCE({own}, {v})"


def has_datatype(v: str, *datatypes: rdflib.URIRef) -> str:
    """Return the test whether a literal has one of these datatypes, escaped or not."""
    names = ", ".join(f"<{prefix}{d}>" for d in datatypes for prefix in ("", ESCAPE))
    return safe(f"DATATYPE({v}) IN ({names})")


def without_escapes(query: str) -> str:
    """Return a query simplified for values none of which is escaped."""
    return _NAMED.sub("", _OWN.sub(r"\1", query))


def node_kind(v: str, kind: Node) -> Condition:
    if kind not in _KINDS:
        raise NotCompiled("its sh:nodeKind is none")
    return Condition.exactly(_KINDS[kind].format(v=v))  # type: ignore[index]


def of_class(v: str, cls: Node) -> Condition:
    return Condition.exactly(exists(f"{v} <{RDF.type}>/<{RDFS.subClassOf}>* {iri(cls)}"))


def one_of(v: str, terms: Iterable[Node]) -> Condition:
    return Condition.exactly(disjunction(f"sameTerm({v}, {term(t)})" for t in terms))


def datatype(v: str, wanted: Node) -> Condition:
    if wanted in (RDFS.Literal, RDFS.Datatype):
        return UNKNOWN
    if wanted == RDF.langString:
        return Condition.exactly(safe(f'LANG({v}) != ""'))
    if not isinstance(wanted, rdflib.URIRef):
        raise NotCompiled("its sh:datatype is no IRI")
    is_of = has_datatype(v, wanted)
    if wanted in _BY_NAME:
        return Condition.exactly(is_of)
    form = _FORMS.get(wanted)
    if form is None:
        return Condition(FALSE, f"!({is_of})")
    checks = [is_of, safe(f"REGEX(STR({v}), {text(form)})")]
    if wanted in _WITH_VALUE:
        checks.append(safe(f"DAY(<{wanted}>(STR({v}))) > 0"))
    return Condition(conjunction(checks), f"!({is_of})")


def language_in(v: str, tags: Iterable[str]) -> Condition:
    known = sorted({tag.lower() for tag in tags})
    if "*" in known:
        return Condition.exactly(safe(f'LANG({v}) != ""'))
    if not any("-" in tag for tag in known):
        return Condition.exactly(
            disjunction(safe(f"LANGMATCHES(LANG({v}), {text(tag)})") for tag in known)
        )
    names = ", ".join(text(tag) for tag in known)
    return Condition.exactly(
        safe(
            f'LANG({v}) != "" && (LCASE(LANG({v})) IN ({names}) || '
            f'STRBEFORE(LCASE(LANG({v})), "-") IN ({names}))'
        )
    )


def length(v: str, sign: str, bound: int) -> Condition:
    return Condition.exactly(safe(f"!isBlank({v}) && STRLEN(STR({v})) {sign} {bound}"))


def pattern(v: str, regex: str) -> Condition:
    if not _PATTERN.fullmatch(regex):
        return UNKNOWN
    matches = f"!isBlank({v}) && REGEX(STR({v}), {text(regex)})"
    if "$" not in regex:
        return Condition.exactly(safe(matches))
    # Python's $ also matches before a line break at the end.
    fails = f'isBlank({v}) || (!REGEX(STR({v}), {text(regex)}) && !CONTAINS(STR({v}), "\\n"))'
    return Condition(safe(matches), safe(fails))


_NUMBERS = (
    XSD.integer,
    XSD.decimal,
    XSD.nonNegativeInteger,
    XSD.positiveInteger,
)


def _number(v: str) -> str:
    is_of = has_datatype(v, *_NUMBERS)
    return conjunction([is_of, safe(f"REGEX(STR({v}), {text(_FORMS[XSD.decimal])})")])


def _day(v: str) -> str:
    return datatype(v, XSD.date).ok


def comparison(a: str, sign: str, b: str) -> Condition:
    """Return the condition that compares two numbers or two dates."""
    comparable = disjunction(
        [conjunction([_number(a), _number(b)]), conjunction([_day(a), _day(b)])]
    )
    return _compared(comparable, f"{value_of(a)} {sign} {value_of(b)}")


def _compared(comparable: str, expression: str) -> Condition:
    ok = conjunction([comparable, safe(expression)])
    return Condition(ok, conjunction([comparable, safe(f"!({expression})")]))


def bounded(v: str, sign: str, bounds: Iterable[Node]) -> Condition:
    """Return the condition that compares a value with bounds of the shapes graph."""
    conditions = []
    for bound in bounds:
        if not isinstance(bound, rdflib.Literal):
            raise NotCompiled("a bound is no literal")
        comparable = FALSE
        if bound.datatype in _NUMBERS and re.fullmatch(_FORMS[XSD.decimal], str(bound)):
            comparable = _number(v)
        elif bound.datatype == XSD.date and _is_day(str(bound)):
            comparable = _day(v)
        known = _compared(comparable, f"{value_of(v)} {sign} {_BRIDGE.to_oxigraph(bound)}")
        conditions.append(Condition(known.ok, disjunction([f"!isLiteral({v})", known.bad])))
    return every(conditions) if conditions else HOLDS


def _is_day(lexical: str) -> bool:
    try:
        return bool(re.fullmatch(_FORMS[XSD.date], lexical) and date.fromisoformat(lexical))
    except ValueError:
        return False


def term_of(node: Node) -> object:
    """Return a term as it is in the store."""
    return _WRITTEN.escape(_BRIDGE.to_oxigraph(node))
