"""Read values of properties from the graph, and tell how alike a given value is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyoxigraph as ox
from rapidfuzz import fuzz

from iprgraph.namespaces import PREFIXES
from iprgraph.reconciliation.queries import Entity, Given
from iprgraph.search.tokenise import fold

Term = ox.NamedNode | ox.BlankNode | ox.Literal
#: Asks the graph a SELECT; each row has the variables that are bound.
Select = Callable[[str], list[dict[str, Term]]]

#: Things that one query asks for.
_AT_ONCE = 500
#: Likeness of texts under which they are different.
_ALIKE = 0.7
_NUMBERS = {
    PREFIXES["xsd"] + name
    for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
}
_DATES = {PREFIXES["xsd"] + name for name in ("date", "dateTime", "gYear", "gYearMonth")}


@dataclass
class Value:
    """A value of a property; `names` by language where it is a thing."""

    term: Term
    names: dict[str, str] = field(default_factory=dict)


Values = dict[tuple[str, str], list[Value]]


def read(select: Select, things: Iterable[str], properties: Iterable[str]) -> Values:
    """Read the values of some properties of some things, by (thing, property)."""
    found: dict[tuple[str, str], dict[Term, Value]] = {}
    wanted = _nodes(properties)
    subjects = iter(_nodes(things))
    while wanted and (some := list(islice(subjects, _AT_ONCE))):
        rows = select(
            f"SELECT DISTINCT ?s ?p ?o ?name WHERE {{ VALUES ?s {{ {' '.join(some)} }} "
            f"VALUES ?p {{ {' '.join(wanted)} }} ?s ?p ?o "
            f"OPTIONAL {{ ?o <{PREFIXES['skos']}prefLabel> ?name }} }}"
        )
        for row in rows:
            values = found.setdefault((row["s"].value, row["p"].value), {})
            value = values.setdefault(row["o"], Value(row["o"]))
            if isinstance(name := row.get("name"), ox.Literal):
                value.names[name.language or ""] = name.value
    return {key: sorted(v.values(), key=lambda value: str(value.term)) for key, v in found.items()}


def having(select: Select, property: str, given: Sequence[Given], most: int) -> list[str]:
    """Find things that have one of some values exactly."""
    predicate = _nodes([property])
    terms = [str(term) for value in given for term in _terms(value)]
    if not predicate or not terms:
        return []
    rows = select(
        f"SELECT DISTINCT ?s WHERE {{ VALUES ?o {{ {' '.join(terms)} }} ?s {predicate[0]} ?o }} "
        f"ORDER BY ?s LIMIT {most:d}"
    )
    return [row["s"].value for row in rows]


def _terms(value: Given) -> Iterator[Term]:
    """Give the terms that a given value may stand for."""
    if isinstance(value, Entity):
        yield from _named([value.iri])
        return
    if ":" in value:
        yield from _named([value])
    yield ox.Literal(value)
    yield from (ox.Literal(value, language=language) for language in ("en", "zh"))
    for datatype in ("integer", "decimal", "date", "gYear"):
        yield ox.Literal(value, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype))


def _nodes(iris: Iterable[str]) -> list[str]:
    """Write IRIs as in SPARQL; what is none names nothing in the graph and is left out."""
    return [str(node) for node in _named(dict.fromkeys(iris))]


def _named(iris: Iterable[str]) -> Iterator[ox.NamedNode]:
    for iri in iris:
        try:
            yield ox.NamedNode(iri)
        except ValueError:
            continue


def likeness(value: Value, given: Given) -> float:
    """Tell how alike a value and a given one are, from 0 to 1."""
    term = value.term
    if isinstance(given, Entity):
        return float(term.value == given.iri)
    if not isinstance(term, ox.Literal):
        last = term.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
        if given in (term.value, last):
            return 1.0
        return max((_same_text(name, given) for name in value.names.values()), default=0.0)
    if term.datatype.value in _NUMBERS:
        return _same_number(term.value, given)
    if term.datatype.value in _DATES:
        # A year or a month stands for any day in it.
        short, long = sorted((term.value, given.strip()), key=len)
        return float(len(short) >= 4 and long.startswith(short))
    return _same_text(term.value, given)


def _same_text(one: str, other: str) -> float:
    ratio = fuzz.ratio(fold(one), fold(other)) / 100
    return ratio if ratio >= _ALIKE else 0.0


def _same_number(one: str, other: str) -> float:
    try:
        a, b = float(one), float(other.replace(",", ""))
    except ValueError:
        return 0.0
    return 1.0 if a == b else max(0.0, 1 - 20 * abs(a - b) / max(abs(a), abs(b)))
