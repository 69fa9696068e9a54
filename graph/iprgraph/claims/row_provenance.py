"""Find the claims behind a row of an answer: those that assert what the query asks for.

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

from iprgraph.namespaces import PREFIXES
from iprgraph.sparql.triple_patterns import Pattern, PatternQuestion, find_patterns

Term = ox.NamedNode | ox.BlankNode | ox.Literal

#: Most claims that are looked for, and most patterns of a query that are looked at.
MOST = 30
MOST_PATTERNS = 12

#: Names and types are asserted too, but say little: they count where nothing else does.
_NAMING = re.compile(
    r"(?:a|rdf:type|rdfs:label|skos:(?:pref|alt)Label|schema:name|foaf:name|dcterms:title)$"
)


class Behind(NamedTuple):
    """Queries for ?claim__, to be asked in this order until one finds something."""

    #: What asserts the row, or what the row says of claims and checks.
    asserted: str
    #: What relates the same things in other words.
    implied: str
    #: What tells of the things that the row is about.
    about: str


def claims_behind(query: str, row: Mapping[str, Term]) -> Behind:
    """Write the queries for the claims behind a row, given by variable without the question mark.

    Raises QuerySyntaxError. An empty query means that there is nothing to look for.
    """
    asked = find_patterns(query)
    if asked is None:
        return Behind("", "", "")
    known = {
        name: value
        for name, value in row.items()
        if name in asked.variables and not isinstance(value, ox.BlankNode)
    }
    telling = [
        (pattern, statement)
        for statement in asked.statements
        for pattern in statement
        if not pattern.open and "_:" not in f"{pattern.subject}{pattern.object}"
    ]
    strong = [one for one in telling if not _NAMING.match(one[0].predicate)]
    chosen = (strong or telling)[:MOST_PATTERNS]
    prologue = _prologue(query)
    given = _given(asked, known)
    subjects = {p.subject: _rejoined(p, s) for p, s in chosen if not _is_literal(p.subject)}
    asserted = [f"{_rejoined(p, s)} GRAPH ?claim__ {{ {p} }}" for p, s in chosen]
    asserted += [f"{tied} BIND({subject} AS ?claim__)" for subject, tied in subjects.items()]
    asserted += [
        f"{tied} {subject} ipr:checks|ipr:against ?claim__ ." for subject, tied in subjects.items()
    ]
    implied = [
        f"{_rejoined(p, s)} GRAPH ?claim__ {{ {other} }}" for p, s in chosen for other in _others(p)
    ]
    about = [f"{tied} GRAPH ?claim__ {{ {s} ?how__ ?what__ }}" for s, tied in subjects.items()]
    written = (_union(prologue, given, branches) for branches in (asserted, implied, about))
    return Behind(*written)


def _given(asked: PatternQuestion, known: Mapping[str, Term]) -> str:
    """Write the row's values and the query's own conditions."""
    if not known:
        return asked.group
    names = " ".join(f"?{name}" for name in known)
    values = " ".join(str(value) for value in known.values())
    return f"VALUES ({names}) {{ ({values}) }} {asked.group}"


def _rejoined(pattern: Pattern, statement: list[Pattern]) -> str:
    """Write the steps that tie a pattern's own variables to those of the query."""
    if "?__" not in f"{pattern.subject}{pattern.object}":
        return ""
    return " ".join(str(p) for p in statement if "?__" in f"{p.subject}{p.object}")


def _others(pattern: Pattern) -> list[str]:
    """Write a pattern in the other words that could imply it."""
    subject, object_ = pattern.subject, pattern.object
    if pattern.predicate in {"a", "rdf:type"}:
        return [f"{subject} a ?class__ ."]
    others = [f"{subject} ?how__ {object_} ."]
    return others if _is_literal(object_) else [*others, f"{object_} ?how__ {subject} ."]


def _union(prologue: str, given: str, branches: list[str]) -> str:
    if not branches:
        return ""
    union = " UNION ".join(f"{{ {given} {branch} ?claim__ a ipr:Claim }}" for branch in branches)
    return f"{prologue}SELECT DISTINCT ?claim__ WHERE {{ {union} }} LIMIT {MOST}"


def _prologue(query: str) -> str:
    """Take over the prefixes that a query declares."""
    found = re.findall(r"(?i)\bPREFIX\s+([^\s:<>]*:)\s*(<[^<>\s]*>)", query)
    base = re.search(r"(?i)\bBASE\s+(<[^<>\s]*>)", query)
    own = "" if any(name == "ipr:" for name, _ in found) else f"PREFIX ipr: <{PREFIXES['ipr']}> "
    lines = "".join(f"PREFIX {name} {iri} " for name, iri in found)
    return (f"BASE {base[1]} " if base else "") + own + lines


def _is_literal(term: str) -> bool:
    return term[:1] in "\"'+-.0123456789" or term.lower() in {"true", "false"}
