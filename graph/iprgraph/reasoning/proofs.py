"""Proofs: why a triple holds, found by backward search on request.

A proof ends in triples that are stated. The axioms of a rule are premises too: an inferred axiom is
proved by the standard's rules about axioms (scm-*).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from iprgraph.namespaces import INFERRED, OWL, RDF, RDFS
from iprgraph.reasoning.axioms import EXCLUDED_GRAPHS, Schema, Triple
from iprgraph.reasoning.owlrl_rules import rules_of
from iprgraph.reasoning.rule import Bindings, Rule
from iprgraph.reasoning.statements import Statements, index_key, unify

#: Longest chain of conclusions that is searched for.
MAX_DEPTH = 12
#: How many derivations by a rule are tried: first, and when none of them gives a proof.
_DERIVATION_LIMITS = (24, 2_000)

#: Predicates of lists, which a proof does not show.
_LIST_PREDICATES = (RDF.first, RDF.rest)

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
    """A triple and why it holds: the graphs that state it, or a rule with proofs of its premises."""

    triple: Triple
    stated_in: tuple[ox.NamedNode, ...] = ()
    rule: Rule | None = None
    #: The bindings of the rule's variables.
    bindings: tuple[tuple[str, object], ...] = ()
    premises: tuple[Proof, ...] = ()
    #: Proofs of the axioms that the rule depends on.
    axioms: tuple[Proof, ...] = ()

    @property
    def size(self) -> int:
        """The number of conclusions in the proof."""
        below = sum(p.size for p in (*self.premises, *self.axioms))
        return below + (self.rule is not None)

    def steps(self) -> Iterator[Proof]:
        """Yield the proof and all proofs it depends on, each once, conclusions first."""
        seen: set[Triple] = set()
        todo = [self]
        while todo:
            proof = todo.pop(0)
            if proof.triple not in seen:
                seen.add(proof.triple)
                yield proof
                todo += [*proof.premises, *proof.axioms]


class Prover:
    """Search for proofs of triples under one schema."""

    def __init__(self, schema: Schema) -> None:
        self._rules: dict[object, list[Rule]] = {}
        for rule in (*rules_of(schema), *_SCHEMA_RULES, *_part_rules(schema)):
            if rule.head is not None:
                self._rules.setdefault(index_key(rule.head), []).append(rule)

    @classmethod
    def of(cls, store: ox.Store) -> Prover:
        """Return the prover for a store's schema."""
        return cls(Schema.of(store, (*EXCLUDED_GRAPHS, INFERRED)))

    def prove(self, store: ox.Store, triple: Triple, limit: int = 1) -> list[Proof]:
        """Return at most `limit` proofs of a triple, shortest first; none where it does not hold."""
        for derivations in _DERIVATION_LIMITS:
            search = _Search(Statements(store), self._rules, derivations)
            for depth in range(MAX_DEPTH + 1):
                if proofs := search.proofs(triple, depth, limit):
                    return proofs
        return []


class _Search:
    """A search for proofs of limited depth, so that it ends even where rules depend on each other."""

    def __init__(
        self, statements: Statements, rules: dict[object, list[Rule]], derivations: int
    ) -> None:
        self._statements = statements
        self._rules = rules
        self._limit = derivations
        self._derivations: dict[Triple, list[tuple[Rule, Bindings, tuple[Triple, ...]]]] = {}
        self._shortest_proofs: dict[tuple[Triple, int], Proof | None] = {}

    def proofs(self, triple: Triple, depth: int, limit: int) -> list[Proof]:
        """Return at most `limit` proofs up to a depth, the smallest first."""
        graphs = tuple(g for g in self._statements.graphs(triple) if g != INFERRED)
        if graphs:
            return [Proof(triple, stated_in=tuple(sorted(graphs, key=str)))]
        if depth == 0:
            return []
        proofs: dict[object, Proof] = {}
        for rule, bindings, matched in self._derivations_of(triple):
            premises = [self._shortest(premise, depth - 1) for premise in matched]
            if all(premises):
                axioms = [
                    self._axiom(axiom, depth - 1)
                    for axiom in rule.axioms
                    if axiom[1] not in _LIST_PREDICATES
                ]
                bound = tuple(sorted(bindings.items()))
                proof = Proof(triple, (), rule, bound, tuple(premises), tuple(axioms))  # type: ignore[arg-type]
                proofs.setdefault((rule.name, matched, rule.axioms), proof)
        return sorted(proofs.values(), key=lambda proof: (proof.size, str(proof.premises)))[:limit]

    def _shortest(self, triple: Triple, depth: int) -> Proof | None:
        goal = (triple, depth)
        if goal not in self._shortest_proofs:
            self._shortest_proofs[goal] = next(iter(self.proofs(triple, depth, 1)), None)
        return self._shortest_proofs[goal]

    def _axiom(self, axiom: Triple, depth: int) -> Proof:
        """Return the proof of an axiom; one between unnamed classes follows from their definitions."""
        return self._shortest(axiom, depth) or Proof(axiom, (), Rule("scm-restriction", axiom, ()))

    def _derivations_of(self, triple: Triple) -> list[tuple[Rule, Bindings, tuple[Triple, ...]]]:
        if triple not in self._derivations:
            self._derivations[triple] = list(self._find_derivations(triple))
        return self._derivations[triple]

    def _find_derivations(
        self, triple: Triple
    ) -> Iterator[tuple[Rule, Bindings, tuple[Triple, ...]]]:
        for key in dict.fromkeys((index_key(triple), (triple[1], None), None)):
            for rule in self._rules.get(key, ()):
                assert rule.head is not None
                bindings = unify(rule.head, triple, {})
                if bindings is None:
                    continue
                solutions = self._statements.solve(rule.body, bindings)
                for solution, premises in islice(solutions, self._limit):
                    if rule.allows(solution) and triple not in premises:
                        yield rule, solution, premises


def _part_rules(schema: Schema) -> Iterator[Rule]:
    """Yield the rules that make the parts of a union its subclasses, and an intersection one of its parts."""
    for name, p in (("scm-int", OWL.intersectionOf), ("scm-uni", OWL.unionOf)):
        for c, listed in schema.pairs(p):
            for d in schema.list_items(listed):
                head = (c, RDFS.subClassOf, d) if name == "scm-int" else (d, RDFS.subClassOf, c)
                yield Rule(name, head, (), ((c, p, listed), *schema.list_triples(listed)))
