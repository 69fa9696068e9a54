"""Compile rules to SPARQL updates, for any SPARQL 1.1 engine.

Rules with one premise are composed first, so that one update gives everything that follows from a
class or a property. They run once; the others run until nothing new follows. Premises are looked for
in all named graphs except EXCLUDED_GRAPHS; conclusions go into graph/inferred.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, OWL, RDF, RDFS
from iprgraph.rdf.query_results import Term
from iprgraph.reasoning.axioms import EXCLUDED_GRAPHS
from iprgraph.reasoning.restrictions import is_unnamed_class
from iprgraph.reasoning.rule import (
    Atom,
    ComposedRules,
    Rule,
    Var,
    composition_key,
    is_simple,
    rule_text,
    term_text,
)

#: Graph with the edges of a transitive property while its closure is computed.
_EDGES = ox.NamedNode("urn:x-iprgraph:edges")


class UpdateStep(NamedTuple):
    """One update, its purpose, and the ASK query on which it runs; without one it always runs."""

    name: str
    purpose: str
    update: str
    condition: str = ""


class ContradictionTest(NamedTuple):
    """A query for contradictions: each row is one, with the rule's variables."""

    name: str
    purpose: str
    query: str
    rule: Rule


class RulePlan(NamedTuple):
    """Updates to run: ``once`` in order, then ``repeated`` until nothing is new, then ``cleanup``."""

    once: list[UpdateStep]
    repeated: list[UpdateStep]
    cleanup: list[UpdateStep]
    tests: list[ContradictionTest]


def plan(rules: Iterable[Rule]) -> RulePlan:
    """Return the plan for rules."""
    rules = list(rules)
    composed = ComposedRules([r for r in rules if is_simple(r)])
    joins = [r for r in rules if r.head is not None and not is_simple(r)]
    writer = _UpdateWriter(composed)
    once = [*writer.class_updates(), *writer.property_updates(), *writer.use_updates()]
    repeated = [step for rule in joins for step in writer.join_updates(rule)]
    tests = [
        _contradiction_test(rule)
        for rule in rules
        if rule.head is None or _may_equate_literals(rule)
    ]
    return RulePlan(once, repeated, writer.cleanup_updates(), tests)


def _may_equate_literals(rule: Rule) -> bool:
    """Check whether a rule may equate two literals."""
    return rule.head is not None and rule.head[1] == OWL.sameAs and rule.head[0] == "y1"


class _UpdateWriter:
    """The updates of a plan; it collects which predicates and classes they infer."""

    def __init__(self, composed: ComposedRules) -> None:
        self._composed = composed
        self._written: dict[tuple[object, object], None] = {}

    def class_updates(self) -> Iterator[UpdateStep]:
        """Yield one update for each class: everything that its members are."""
        for p, c in self._composed.keys:
            if p == RDF.type:
                atom: Atom = ("x", RDF.type, c)  # type: ignore[assignment]
                heads = _wanted(self._composed.conclusions(atom))
                name = term_text(c)
                yield from self._update(
                    f"class {name}", f"what every member of {name} is", atom, heads
                )

    def property_updates(self) -> Iterator[UpdateStep]:
        """Yield one update for each property: all other properties that follow from its statements."""
        for p, _ in self._composed.keys:
            if p != RDF.type:
                atom: Atom = ("x", p, "y")  # type: ignore[assignment]
                heads = _wanted(h for h in self._composed.conclusions(atom) if h[1] != RDF.type)
                name = term_text(p)
                purpose = f"what else a statement of {name} states"
                yield from self._update(f"property {name}", purpose, atom, heads)

    def _update(
        self, name: str, purpose: str, atom: Atom, heads: list[Atom]
    ) -> Iterator[UpdateStep]:
        if heads:
            yield UpdateStep(name, purpose, self._insert(heads, _stated(atom, "g")))

    def use_updates(self) -> list[UpdateStep]:
        """Return one update for each class: its members by the properties that they are used with."""
        sources: dict[Term, dict[tuple[Atom, str], None]] = defaultdict(dict)
        for p, _ in self._composed.keys:
            if p == RDF.type:
                continue
            atom: Atom = ("x", p, "y")  # type: ignore[assignment]
            heads = self._composed.conclusions(atom)
            for side in ("x", "y"):
                classes = {
                    h[2]: needs_resource
                    for h, needs_resource in heads.items()
                    if h[0] == side and h[1] == RDF.type
                }
                for c in self._most_specific(classes):
                    literal = (
                        f" FILTER(!isLiteral(?{'y' if side == 'x' else side}))"
                        if classes[c] or side == "y"
                        else ""
                    )
                    sources[c][(atom, f"{side}{literal}")] = None
        return [
            self._members(c, list(atoms)) for c, atoms in sources.items() if _is_wanted_class(c)
        ]

    def join_updates(self, rule: Rule) -> list[UpdateStep]:
        """Return the updates of a rule with several premises, with what follows from its conclusion."""
        assert rule.head is not None
        heads = _wanted([rule.head, *self._composed.conclusions(rule.head)])
        if not heads:
            return []
        if rule.name == "prp-trp":
            return [self._transitive(rule, heads)]
        body = [_pattern(atom, f"g{i}") for i, atom in enumerate(rule.body)]
        if rule.differ:
            body.append("FILTER(!sameTerm(?{}, ?{}))".format(*rule.differ))
        body += [
            f"FILTER(!isLiteral(?{v}))"
            for v in dict.fromkeys(h[0] for h in heads[:1])
            if isinstance(v, str)
        ]
        body.append(_not_exists(rule.head))
        variables = " ".join(dict.fromkeys(f"?{t}" for h in heads for t in h if isinstance(t, str)))
        where = "\n    ".join(body)
        chosen = (
            f"{{ SELECT DISTINCT {variables} WHERE {{\n    {where}\n  }} }}" if variables else where
        )
        return [
            UpdateStep(
                rule.name, rule_text(rule), self._insert(heads, chosen), f"ASK {{\n    {where}\n}}"
            )
        ]

    def cleanup_updates(self) -> list[UpdateStep]:
        """Return the updates that remove stated triples from graph/inferred, one for each class and property."""
        steps = []
        for p, c in self._written:
            atom: Atom = ("x", p, "y" if c is None else c)  # type: ignore[assignment]
            stated = _stated(atom, "g")
            inside = f"GRAPH {INFERRED} {{ {_atom(atom)} }}"
            name = term_text(p if c is None else c)
            steps.append(
                UpdateStep(
                    f"stated {name}",
                    f"statements of {name} that need no inference",
                    f"DELETE {{ {inside} }}\nWHERE {{\n  {inside}\n  {stated}\n}}",
                    f"ASK {{ {stated} }}",
                )
            )
        return steps

    def _members(self, c: Term, sources: list[tuple[Atom, str]]) -> UpdateStep:
        parts = []
        for i, (atom, rest) in enumerate(sources):
            side, _, literal = rest.partition(" ")
            renamed: Atom = tuple(
                f"o{i}" if t in ("x", "y") and t != side else "x" if t == side else t for t in atom
            )  # type: ignore[assignment]
            literal = literal.replace("?y", f"?o{i}" if side == "x" else "?x")
            graph = _stated(renamed, f"g{i}")
            parts.append(f"{{ {graph}{' ' + literal if literal else ''} }}")
        used = "\n      UNION ".join(parts)
        member: Atom = ("x", RDF.type, c)
        heads = _wanted([member, *self._composed.conclusions(member)])
        where = f"{{ SELECT DISTINCT ?x WHERE {{\n      {used}\n  }} }}\n  {_not_exists(member)}"
        return UpdateStep(
            f"use {term_text(c)}",
            f"who is of {term_text(c)} by the properties used",
            self._insert(heads, where),
        )

    def _transitive(self, rule: Rule, heads: list[Atom]) -> UpdateStep:
        """Return the update that closes a transitive property by a path over a graph of its edges only."""
        p = rule.body[0][1]
        edge: Atom = ("x", p, "z")
        copy = f"INSERT {{ GRAPH {_EDGES} {{ {_atom(edge)} }} }}\nWHERE {{ {_pattern(edge, 'g')} }}"
        where = f"GRAPH {_EDGES} {{ ?x {p}/{p}+ ?z }}\n  FILTER NOT EXISTS {{ GRAPH {_EDGES} {{ {_atom(edge)} }} }}"
        text = f"{copy} ;\n{self._insert(heads, where)} ;\nDROP SILENT GRAPH {_EDGES}"
        body = " ".join(_pattern(atom, f"g{i}") for i, atom in enumerate(rule.body))
        return UpdateStep(
            rule.name, rule_text(rule), text, f"ASK {{ {body} {_not_exists(rule.head)} }}"
        )

    def _insert(self, heads: list[Atom], where: str) -> str:
        self._written.update(
            dict.fromkeys(composition_key(h) for h in heads if not isinstance(h[1], str))
        )
        template = " . ".join(map(_atom, heads))
        return f"INSERT {{ GRAPH {INFERRED} {{ {template} }} }}\nWHERE {{\n  {where}\n}}"

    def _most_specific(self, classes: Iterable[Term | Var]) -> list[Term]:
        """Return the classes that imply all the others."""
        candidates = {c for c in classes if not isinstance(c, str)}
        above = {
            c: {h[2] for h in self._composed.conclusions(("x", RDF.type, c))} for c in candidates
        }
        most_specific: list[Term] = []
        for c in sorted(candidates, key=str):
            others = (d for d in candidates if d != c and c in above[d])
            # Of classes that imply each other, the first stands for all.
            if all(d in above[c] and str(c) < str(d) for d in others):
                most_specific.append(c)
        return most_specific


def _wanted(heads: Iterable[Atom]) -> list[Atom]:
    """Return the conclusions without excluded ones, sorted."""
    return sorted(
        {
            h
            for h in heads
            if (_is_wanted_class(h[2]) if h[1] == RDF.type else _is_wanted_property(h[1]))
        },
        key=str,
    )


def _is_wanted_class(c: Term | Var) -> bool:
    """Check whether membership of a class is inferred."""
    return isinstance(c, str) or not is_unnamed_class(c)


def _is_wanted_property(p: Term | Var) -> bool:
    """Check whether statements of a property are inferred: owlrl infers schema triples."""
    if isinstance(p, str) or p in (OWL.sameAs, RDFS.label, RDFS.comment, RDFS.seeAlso):
        return True
    return not p.value.startswith((RDFS.iri, OWL.iri))


def _contradiction_test(rule: Rule) -> ContradictionTest:
    """Return the query for contradictions of a rule: its premises, or two literals that it equates."""
    body = [_pattern(atom, f"g{i}") for i, atom in enumerate(rule.body)]
    variables = " ".join(dict.fromkeys(f"?{t}" for a in rule.body for t in a if isinstance(t, str)))
    if rule.head:
        first, second = f"?{rule.head[0]}", f"?{rule.head[2]}"
        are_literals = f"isLiteral({first}) && isLiteral({second}) && !sameTerm({first}, {second})"
        body.append(f"FILTER({are_literals} && STR({first}) <= STR({second}))")
    where = "\n  ".join(body)
    query = f"SELECT DISTINCT {variables or '*'} WHERE {{\n  {where}\n}}"
    return ContradictionTest(rule.name, rule_text(rule), query, rule)


def _pattern(atom: Atom, graph: str, excluded: Iterable[ox.NamedNode] = EXCLUDED_GRAPHS) -> str:
    """Return the pattern for an atom in any graph but the excluded ones."""
    excluded_text = ", ".join(map(str, excluded))
    return f"GRAPH ?{graph} {{ {_atom(atom)} }} FILTER(?{graph} NOT IN ({excluded_text}))"


def _stated(atom: Atom, graph: str) -> str:
    """Return the pattern for an atom in any graph of stated triples."""
    return _pattern(atom, graph, (*EXCLUDED_GRAPHS, INFERRED))


def _not_exists(atom: Atom | None) -> str:
    assert atom is not None
    return f"FILTER NOT EXISTS {{ GRAPH ?known {{ {_atom(atom)} }} }}"


def _atom(atom: Atom) -> str:
    return " ".join(f"?{t}" if isinstance(t, str) else str(t) for t in atom)
