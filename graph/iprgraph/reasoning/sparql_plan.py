"""Compile rules to SPARQL updates: the same text for any SPARQL 1.1 engine.

Rules with one premise are composed first, so that one update gives all that a class or a property
leads to. They run once; the others run until nothing new comes. What holds is looked for in all
named graphs (OUTSIDE excepted), and what follows goes into graph/inferred.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, MERGED, OWL, RDF, RDFS, SHAPES
from iprgraph.rdf.rdflib_bridge import Term
from iprgraph.reasoning.restrictions import is_unnamed_class
from iprgraph.reasoning.rule import Atom, ComposedRules, Rule, Var, key_of, rule_text, term_text

#: Graphs whose triples are no statements.
OUTSIDE = (SHAPES, MERGED)
#: Edges of a transitive property, while its closure is made.
_EDGES = ox.NamedNode("urn:x-iprgraph:edges")


class UpdateStep(NamedTuple):
    """One update, what it is for, and a question: it runs where this is answered yes, or always."""

    name: str
    purpose: str
    update: str
    when: str = ""


class ContradictionTest(NamedTuple):
    """One question for contradictions: each row is one, with the rule's variables."""

    name: str
    purpose: str
    query: str
    rule: Rule


class RulePlan(NamedTuple):
    """What to run: ``once`` in order, then ``repeated`` until nothing is new, then ``tidying``."""

    once: list[UpdateStep]
    repeated: list[UpdateStep]
    tidying: list[UpdateStep]
    tests: list[ContradictionTest]


def plan(rules: Iterable[Rule]) -> RulePlan:
    """Compile rules to a plan."""
    rules = list(rules)
    composed = ComposedRules([r for r in rules if _is_simple(r)])
    joins = [r for r in rules if r.head is not None and not _is_simple(r)]
    writer = _Writer(composed)
    once = [*writer.by_class(), *writer.by_property(), *writer.by_use()]
    repeated = [step for rule in joins for step in writer.by_join(rule)]
    tests = [_test(rule) for rule in rules if rule.head is None or _may_join_literals(rule)]
    return RulePlan(once, repeated, writer.tidying(), tests)


def _is_simple(rule: Rule) -> bool:
    """Tell whether a rule has one premise: any statement of a property, or membership of a class."""
    if rule.head is None or len(rule.body) != 1:
        return False
    (s, p, o) = rule.body[0]
    return (
        isinstance(s, str)
        and not isinstance(p, str)
        and (s != o if isinstance(o, str) else p == RDF.type)
    )


def _may_join_literals(rule: Rule) -> bool:
    """Tell whether a rule could say of two values that they are the same."""
    return rule.head is not None and rule.head[1] == OWL.sameAs and rule.head[0] in ("y1",)


class _Writer:
    def __init__(self, composed: ComposedRules) -> None:
        self._composed = composed
        self._written: dict[tuple[object, object], None] = {}

    def by_class(self) -> list[UpdateStep]:
        """One update a class: all that its members are."""
        steps = []
        for p, c in self._composed.keys:
            if p != RDF.type:
                continue
            atom: Atom = ("x", RDF.type, c)  # type: ignore[assignment]
            heads = _kept(self._composed.of(atom))
            if heads:
                where = _pattern(atom, "g", outside=(*OUTSIDE, INFERRED))
                purpose = f"what every member of {term_text(c)} is"
                steps.append(
                    UpdateStep(f"class {term_text(c)}", purpose, self._insert(heads, where))
                )
        return steps

    def by_property(self) -> list[UpdateStep]:
        """One update a property: all other properties that its statements lead to."""
        steps = []
        for p, _ in self._composed.keys:
            if p == RDF.type:
                continue
            atom: Atom = ("x", p, "y")  # type: ignore[assignment]
            heads = _kept(h for h in self._composed.of(atom) if h[1] != RDF.type)
            if heads:
                where = _pattern(atom, "g", outside=(*OUTSIDE, INFERRED))
                purpose = f"what else a statement of {term_text(p)} states"
                steps.append(
                    UpdateStep(f"property {term_text(p)}", purpose, self._insert(heads, where))
                )
        return steps

    def by_use(self) -> list[UpdateStep]:
        """One update a class: who its members are by the properties they have or are named by."""
        sources: dict[Term, dict[tuple[Atom, str], None]] = defaultdict(dict)
        for p, _ in self._composed.keys:
            if p == RDF.type:
                continue
            atom: Atom = ("x", p, "y")  # type: ignore[assignment]
            heads = self._composed.of(atom)
            for side in ("x", "y"):
                classes = {
                    h[2]: hindered
                    for h, hindered in heads.items()
                    if h[0] == side and h[1] == RDF.type
                }
                for c in self._least(classes):
                    literal = (
                        f" FILTER(!isLiteral(?{'y' if side == 'x' else side}))"
                        if classes[c] or side == "y"
                        else ""
                    )
                    sources[c][(atom, f"{side}{literal}")] = None
        return [self._members(c, list(found)) for c, found in sources.items() if _is_kept(c)]

    def by_join(self, rule: Rule) -> list[UpdateStep]:
        """The updates of a rule with several premises, and what its conclusion leads to."""
        assert rule.head is not None
        heads = _kept([rule.head, *self._composed.of(rule.head)])
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
        body.append(_absent(rule.head))
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

    def tidying(self) -> list[UpdateStep]:
        """Take out of graph/inferred what is stated: one update a class or property written to."""
        steps = []
        for p, c in self._written:
            atom: Atom = ("x", p, "y" if c is None else c)  # type: ignore[assignment]
            stated = _pattern(atom, "g", outside=(*OUTSIDE, INFERRED))
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
            graph = _pattern(renamed, f"g{i}", outside=(*OUTSIDE, INFERRED))
            parts.append(f"{{ {graph}{' ' + literal if literal else ''} }}")
        used = "\n      UNION ".join(parts)
        member: Atom = ("x", RDF.type, c)
        heads = _kept([member, *self._composed.of(member)])
        where = f"{{ SELECT DISTINCT ?x WHERE {{\n      {used}\n  }} }}\n  {_absent(member)}"
        return UpdateStep(
            f"use {term_text(c)}",
            f"who is of {term_text(c)} by the properties used",
            self._insert(heads, where),
        )

    def _transitive(self, rule: Rule, heads: list[Atom]) -> UpdateStep:
        """Close a transitive property by a path, within a graph that has its edges only."""
        p = rule.body[0][1]
        edge: Atom = ("x", p, "z")
        copy = f"INSERT {{ GRAPH {_EDGES} {{ {_atom(edge)} }} }}\nWHERE {{ {_pattern(edge, 'g')} }}"
        where = f"GRAPH {_EDGES} {{ ?x {p}/{p}+ ?z }}\n  FILTER NOT EXISTS {{ GRAPH {_EDGES} {{ {_atom(edge)} }} }}"
        text = f"{copy} ;\n{self._insert(heads, where)} ;\nDROP SILENT GRAPH {_EDGES}"
        body = " ".join(_pattern(atom, f"g{i}") for i, atom in enumerate(rule.body))
        return UpdateStep(
            rule.name, rule_text(rule), text, f"ASK {{ {body} {_absent(rule.head)} }}"
        )

    def _insert(self, heads: list[Atom], where: str) -> str:
        self._written.update(dict.fromkeys(key_of(h) for h in heads if not isinstance(h[1], str)))
        template = " . ".join(map(_atom, heads))
        return f"INSERT {{ GRAPH {INFERRED} {{ {template} }} }}\nWHERE {{\n  {where}\n}}"

    def _least(self, classes: Iterable[Term | Var]) -> list[Term]:
        """Give the classes that imply all the others."""
        left = {c for c in classes if not isinstance(c, str)}
        above = {c: {h[2] for h in self._composed.of(("x", RDF.type, c))} for c in left}
        least: list[Term] = []
        for c in sorted(left, key=str):
            others = (d for d in left if d != c and c in above[d])
            # Of classes that imply each other, the first stands for all.
            if all(d in above[c] and str(c) < str(d) for d in others):
                least.append(c)
        return least


def _kept(heads: Iterable[Atom]) -> list[Atom]:
    """Leave out the conclusions that no one asks for."""
    return sorted(
        {h for h in heads if (_is_kept(h[2]) if h[1] == RDF.type else _is_telling(h[1]))}, key=str
    )


def _is_kept(c: Term | Var) -> bool:
    """Tell whether membership of a class is worth knowing."""
    return isinstance(c, str) or not is_unnamed_class(c)


def _is_telling(p: Term | Var) -> bool:
    """Tell whether a property says something about things: schema triples are owlrl's matter."""
    if isinstance(p, str) or p in (OWL.sameAs, RDFS.label, RDFS.comment, RDFS.seeAlso):
        return True
    return not p.value.startswith((RDFS.iri, OWL.iri))


def _test(rule: Rule) -> ContradictionTest:
    """Ask for what contradicts a rule: its premises, or two literals that it would make one."""
    body = [_pattern(atom, f"g{i}") for i, atom in enumerate(rule.body)]
    variables = " ".join(dict.fromkeys(f"?{t}" for a in rule.body for t in a if isinstance(t, str)))
    if rule.head:
        first, second = f"?{rule.head[0]}", f"?{rule.head[2]}"
        both = f"isLiteral({first}) && isLiteral({second}) && !sameTerm({first}, {second})"
        body.append(f"FILTER({both} && STR({first}) <= STR({second}))")
    where = "\n  ".join(body)
    query = f"SELECT DISTINCT {variables or '*'} WHERE {{\n  {where}\n}}"
    return ContradictionTest(rule.name, rule_text(rule), query, rule)


def _pattern(atom: Atom, graph: str, outside: Iterable[ox.NamedNode] = OUTSIDE) -> str:
    """Look for an atom in any graph of statements."""
    left_out = ", ".join(map(str, outside))
    return f"GRAPH ?{graph} {{ {_atom(atom)} }} FILTER(?{graph} NOT IN ({left_out}))"


def _absent(atom: Atom | None) -> str:
    assert atom is not None
    return f"FILTER NOT EXISTS {{ GRAPH ?known {{ {_atom(atom)} }} }}"


def _atom(atom: Atom) -> str:
    return " ".join(f"?{t}" if isinstance(t, str) else str(t) for t in atom)
