"""Read values of properties from the graph, and compare given values with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyoxigraph as ox
from rapidfuzz import fuzz

from iprgraph.namespaces import PREFIXES
from iprgraph.rdf.query_results import Select, Term, values
from iprgraph.reconciliation.queries import Entity, GivenValue
from iprgraph.search.tokenise import fold

#: Things that one query asks for.
_AT_ONCE = 500
#: Likeness of texts under which they are different.
_LEAST_LIKENESS = 0.7
_NUMBERS = {
    PREFIXES["xsd"] + name
    for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
}
_DATES = {PREFIXES["xsd"] + name for name in ("date", "dateTime", "gYear", "gYearMonth")}


@dataclass
class PropertyValue:
    """A value of a property; `names` by language where it is a thing."""

    term: Term
    names: dict[str, str] = field(default_factory=dict)


#: Values by thing and property.
Values = dict[tuple[str, str], list[PropertyValue]]


def read_values(select: Select, things: Iterable[str], properties: Iterable[str]) -> Values:
    """Return the values of some properties of some things; an IRI that is none has no values."""
    by_key: dict[tuple[str, str], dict[Term, PropertyValue]] = {}
    predicates = list(_nodes(properties))
    subjects = iter(_nodes(dict.fromkeys(things)))
    while predicates and (batch := list(islice(subjects, _AT_ONCE))):
        rows = select(
            f"SELECT DISTINCT ?s ?p ?o ?name WHERE {{ {values('s', batch)} "
            f"{values('p', predicates)} ?s ?p ?o "
            f"OPTIONAL {{ ?o <{PREFIXES['skos']}prefLabel> ?name }} }}"
        )
        for row in rows:
            by_term = by_key.setdefault((row["s"].value, row["p"].value), {})
            value = by_term.setdefault(row["o"], PropertyValue(row["o"]))
            if isinstance(name := row.get("name"), ox.Literal):
                value.names[name.language or ""] = name.value
    return {
        key: sorted(by_term.values(), key=lambda value: str(value.term))
        for key, by_term in by_key.items()
    }


def things_having(
    select: Select, property: str, given_values: Sequence[GivenValue], most: int
) -> list[str]:
    """Return the IRIs of things that have exactly one of some values."""
    terms = [term for given in given_values for term in _possible_terms(given)]
    rows = [
        row
        for predicate in _nodes([property])
        if terms
        for row in select(
            f"SELECT DISTINCT ?s WHERE {{ {values('o', terms)} ?s {predicate} ?o }} "
            f"ORDER BY ?s LIMIT {most:d}"
        )
    ]
    return [row["s"].value for row in rows]


def _possible_terms(given: GivenValue) -> Iterator[Term]:
    """Return the terms that a given value may stand for."""
    if isinstance(given, Entity):
        yield from _nodes([given.iri])
        return
    if ":" in given:
        yield from _nodes([given])
    yield ox.Literal(given)
    yield from (ox.Literal(given, language=language) for language in ("en", "zh"))
    for datatype in ("integer", "decimal", "date", "gYear"):
        yield ox.Literal(given, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype))


def _nodes(iris: Iterable[str]) -> Iterator[ox.NamedNode]:
    """Return IRIs as terms, without what is no IRI and so names nothing in the graph."""
    for iri in iris:
        try:
            yield ox.NamedNode(iri)
        except ValueError:
            continue


def likeness(value: PropertyValue, given: GivenValue) -> float:
    """Return how alike a value and a given one are, from 0 to 1."""
    term = value.term
    if isinstance(given, Entity):
        return float(term.value == given.iri)
    if not isinstance(term, ox.Literal):
        local_name = term.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
        if given in (term.value, local_name):
            return 1.0
        return max((_text_likeness(name, given) for name in value.names.values()), default=0.0)
    if term.datatype.value in _NUMBERS:
        return _number_likeness(term.value, given)
    if term.datatype.value in _DATES:
        # A year or a month stands for any day in it.
        short, long = sorted((term.value, given.strip()), key=len)
        return float(len(short) >= 4 and long.startswith(short))
    return _text_likeness(term.value, given)


def _text_likeness(one: str, other: str) -> float:
    ratio = fuzz.ratio(fold(one), fold(other)) / 100
    return ratio if ratio >= _LEAST_LIKENESS else 0.0


def _number_likeness(one: str, other: str) -> float:
    try:
        a, b = float(one), float(other.replace(",", ""))
    except ValueError:
        return 0.0
    return 1.0 if a == b else max(0.0, 1 - 20 * abs(a - b) / max(abs(a), abs(b)))
