"""Proofs: why a triple holds, found backwards when someone asks.

A proof ends in triples that are stated. The axioms of a rule are premises too: a stated one ends
there, an inferred one is proved in turn by the standard's rules about axioms (scm-*).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, OWL, RDF, RDFS
from iprgraph.reasoning.axioms import Schema, Triple
from iprgraph.reasoning.owlrl_rules import rules_of
from iprgraph.reasoning.rule import Rule
from iprgraph.reasoning.sparql_plan import OUTSIDE
from iprgraph.reasoning.statements import Statements, Terms, key, unify

#: Longest chain of conclusions that is looked for.
DEEPEST = 12
#: Ways to a conclusion that are tried first, and when none of these ends in stated triples.
_TRIED = (24, 2_000)

#: Predicates of lists, which a reader of a proof need not see.
_SPINE = (RDF.first, RDF.rest)

_SCHEMA_RULES = (
    Rule("scm-sco", ("c", RDFS.subClassOf, "e"), (("c", RDFS.subClassOf, "d"), ("d", RDFS.subClassOf, "e"))),
    Rule("scm-eqc1", ("c", RDFS.subClassOf, "d"), (("c", OWL.equivalentClass, "d"),)),
    Rule("scm-eqc1", ("d", RDFS.subClassOf, "c"), (("c", OWL.equivalentClass, "d"),)),
    Rule("scm-spo", ("p", RDFS.subPropertyOf, "r"), (("p", RDFS.subPropertyOf, "q"), ("q", RDFS.subPropertyOf, "r"))),
    Rule("scm-eqp1", ("p", RDFS.subPropertyOf, "q"), (("p", OWL.equivalentProperty, "q"),)),
    Rule("scm-eqp1", ("q", RDFS.subPropertyOf, "p"), (("p", OWL.equivalentProperty, "q"),)),
)  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """One triple and why it holds: the graphs that state it, or a rule and the proofs it rests on."""

    triple: Triple
    stated_in: tuple[ox.NamedNode, ...] = ()
    rule: Rule | None = None
    #: What the rule's variables stand for.
    terms: tuple[tuple[str, object], ...] = ()
    premises: tuple[Proof, ...] = ()
    #: The axioms that the rule rests on, as far as they are stated or need a proof of their own.
    axioms: tuple[Proof, ...] = ()

    @property
    def size(self) -> int:
        """Count the conclusions drawn."""
        below = sum(p.size for p in (*self.premises, *self.axioms))
        return below + (self.rule is not None)

    def steps(self) -> Iterator[Proof]:
        """Give the proof and all those it rests on, each once, conclusions first."""
        seen: set[Triple] = set()
        todo = [self]
        while todo:
            proof = todo.pop(0)
            if proof.triple not in seen:
                seen.add(proof.triple)
                yield proof
                todo += [*proof.premises, *proof.axioms]


class Prover:
    """Prove triples of one store under its schema."""

    def __init__(self, schema: Schema) -> None:
        self._rules: dict[object, list[Rule]] = {}
        for rule in (*rules_of(schema), *_SCHEMA_RULES, *_parts(schema)):
            if rule.head is not None:
                self._rules.setdefault(key(rule.head), []).append(rule)

    @classmethod
    def of(cls, store: ox.Store) -> Prover:
        """Read the schema from a store's statements."""
        return cls(Schema.of(store, (*OUTSIDE, INFERRED)))

    def prove(self, store: ox.Store, triple: Triple, most: int = 1) -> list[Proof]:
        """Give proofs of a triple, shortest first, at most so many; none where it does not hold."""
        for tried in _TRIED:
            search = _Search(Statements(store), self._rules, tried)
            for depth in range(DEEPEST + 1):
                if found := search.all(triple, depth, most):
                    return found
        return []


class _Search:
    """Look for proofs of bounded depth; a bounded depth has no circles."""

    def __init__(self, facts: Statements, rules: dict[object, list[Rule]], tried: int) -> None:
        self._facts = facts
        self._rules = rules
        self._tried = tried
        self._ways: dict[Triple, list[tuple[Rule, Terms, tuple[Triple, ...]]]] = {}
        self._best: dict[tuple[Triple, int], Proof | None] = {}

    def all(self, triple: Triple, depth: int, most: int) -> list[Proof]:
        """Give the proofs of at most a depth, the smallest first."""
        graphs = tuple(g for g in self._facts.graphs(triple) if g != INFERRED)
        if graphs:
            return [Proof(triple, stated_in=tuple(sorted(graphs, key=str)))]
        if depth == 0:
            return []
        found: dict[object, Proof] = {}
        for rule, terms, shown in self._ways_to(triple):
            premises = [self._one(premise, depth - 1) for premise in shown]
            if all(premises):
                axioms = [
                    self._axiom(axiom, depth - 1) for axiom in rule.axioms if axiom[1] not in _SPINE
                ]
                known = tuple(sorted(terms.items()))
                proof = Proof(triple, (), rule, known, tuple(premises), tuple(axioms))  # type: ignore[arg-type]
                found.setdefault((rule.name, shown, rule.axioms), proof)
        return sorted(found.values(), key=lambda proof: (proof.size, str(proof.premises)))[:most]

    def _one(self, triple: Triple, depth: int) -> Proof | None:
        asked = (triple, depth)
        if asked not in self._best:
            self._best[asked] = next(iter(self.all(triple, depth, 1)), None)
        return self._best[asked]

    def _axiom(self, axiom: Triple, depth: int) -> Proof:
        """Prove an axiom; one between unnamed classes follows from their definitions."""
        return self._one(axiom, depth) or Proof(axiom, (), Rule("scm-restriction", axiom, ()))

    def _ways_to(self, triple: Triple) -> list[tuple[Rule, Terms, tuple[Triple, ...]]]:
        if triple not in self._ways:
            self._ways[triple] = list(self._look(triple))
        return self._ways[triple]

    def _look(self, triple: Triple) -> Iterator[tuple[Rule, Terms, tuple[Triple, ...]]]:
        for known in dict.fromkeys((key(triple), (triple[1], None), None)):
            for rule in self._rules.get(known, ()):
                assert rule.head is not None
                terms = unify(rule.head, triple, {})
                if terms is None:
                    continue
                for found, shown in islice(self._facts.solve(rule.body, terms), self._tried):
                    differ = rule.differ is None or found[rule.differ[0]] != found[rule.differ[1]]
                    if differ and triple not in shown:
                        yield rule, found, shown


def _parts(schema: Schema) -> Iterator[Rule]:
    """Give the rules by which the parts of a class lie within it, or it within them."""
    for name, p in (("scm-int", OWL.intersectionOf), ("scm-uni", OWL.unionOf)):
        for c, listed in schema.pairs(p):
            for d in schema.items(listed):
                head = (c, RDFS.subClassOf, d) if name == "scm-int" else (d, RDFS.subClassOf, c)
                yield Rule(name, head, (), ((c, p, listed), *schema.spine(listed)))
