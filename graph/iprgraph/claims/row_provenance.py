"""Queries for the claims behind a row of an answer: those that assert what the query asks for.

Each triple pattern of the query is looked for in the claims' own graphs, with the query's own
conditions and the row's values. Where no claim asserts a pattern it is inferred, and the claims
that relate the same two things in other words are taken: as subproperties, equivalent terms and
inverses do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.rdf.query_results import Term
from iprgraph.sparql.triple_patterns import Pattern, PatternQuestion, find_patterns

#: How many claims are returned, and how many patterns of a query are looked for.
MAX_CLAIMS = 30
MAX_PATTERNS = 12

#: Names and types identify little: they are used only where a query has nothing else.
_NAMING = re.compile(
    r"(?:a|rdf:type|rdfs:label|skos:(?:pref|alt)Label|schema:name|foaf:name|dcterms:title)$"
)


class ClaimQueries(NamedTuple):
    """Queries for ?claim__, to be run in this order until one has rows."""

    #: Claims that assert the row, and claims and checks that the row is about.
    asserted: str
    #: Claims that relate the same things by other properties.
    implied: str
    #: Claims about the things in the row.
    about: str


def claims_behind(query: str, row: Mapping[str, Term]) -> ClaimQueries:
    """Return the queries for the claims behind a row; its variables have no question mark.

    Raises QuerySyntaxError. A query is empty where there is nothing to look for.
    """
    question = find_patterns(query)
    if question is None:
        return ClaimQueries("", "", "")
    bound = {
        name: value
        for name, value in row.items()
        if name in question.variables and not isinstance(value, ox.BlankNode)
    }
    closed = [
        (pattern, statement)
        for statement in question.statements
        for pattern in statement
        if not pattern.open and "_:" not in f"{pattern.subject}{pattern.object}"
    ]
    specific = [one for one in closed if not _NAMING.match(one[0].predicate)]
    chosen = (specific or closed)[:MAX_PATTERNS]
    conditions = _conditions(question, bound)
    subjects = {p.subject: _joining_steps(p, s) for p, s in chosen if not _is_literal(p.subject)}
    asserted = [f"{_joining_steps(p, s)} GRAPH ?claim__ {{ {p} }}" for p, s in chosen]
    asserted += [f"{tied} BIND({subject} AS ?claim__)" for subject, tied in subjects.items()]
    asserted += [
        f"{tied} {subject} ipr:checks|ipr:against ?claim__ ." for subject, tied in subjects.items()
    ]
    implied = [
        f"{_joining_steps(p, s)} GRAPH ?claim__ {{ {other} }}"
        for p, s in chosen
        for other in _implying(p)
    ]
    about = [f"{tied} GRAPH ?claim__ {{ {s} ?how__ ?what__ }}" for s, tied in subjects.items()]
    written = (
        _union(question.prologue, conditions, branches) for branches in (asserted, implied, about)
    )
    return ClaimQueries(*written)


def _conditions(question: PatternQuestion, bound: Mapping[str, Term]) -> str:
    """Return the row's values and the query's own conditions as a pattern."""
    if not bound:
        return question.group
    names = " ".join(f"?{name}" for name in bound)
    values = " ".join(str(value) for value in bound.values())
    return f"VALUES ({names}) {{ ({values}) }} {question.group}"


def _joining_steps(pattern: Pattern, statement: list[Pattern]) -> str:
    """Return the path steps that join a pattern's helper variables to those of the query."""
    if "?__" not in f"{pattern.subject}{pattern.object}":
        return ""
    return " ".join(str(p) for p in statement if "?__" in f"{p.subject}{p.object}")


def _implying(pattern: Pattern) -> list[str]:
    """Return patterns with other properties that could imply a pattern."""
    subject, object_ = pattern.subject, pattern.object
    if pattern.predicate in {"a", "rdf:type"}:
        return [f"{subject} a ?class__ ."]
    others = [f"{subject} ?how__ {object_} ."]
    return others if _is_literal(object_) else [*others, f"{object_} ?how__ {subject} ."]


def _union(prologue: str, conditions: str, branches: list[str]) -> str:
    if not branches:
        return ""
    union = " UNION ".join(
        f"{{ {conditions} {branch} ?claim__ a ipr:Claim }}" for branch in branches
    )
    return f"{prologue}SELECT DISTINCT ?claim__ WHERE {{ {union} }} LIMIT {MAX_CLAIMS}"


def _is_literal(term: str) -> bool:
    return term[:1] in "\"'+-.0123456789" or term.lower() in {"true", "false"}
