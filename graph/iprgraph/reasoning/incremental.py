"""Keep graph/inferred up to date: infer and retract only what a change affects.

Retraction is by delete and rederive: everything that may depend on a removed triple is deleted, and
what still follows is added again. The cost depends on what the change affects, not on the graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from iprgraph.errors import Inconsistency
from iprgraph.namespaces import INFERRED, OWL
from iprgraph.reasoning.axioms import (
    EXCLUDED_GRAPHS,
    Schema,
    Triple,
    deskolemise,
    is_axiom,
    skolemise,
)
from iprgraph.reasoning.exclusions import is_excluded
from iprgraph.reasoning.materialise import is_clash, materialise
from iprgraph.reasoning.owlrl_rules import rules_of
from iprgraph.reasoning.rule import Clash, Rule, substitute
from iprgraph.reasoning.sparql_plan import plan
from iprgraph.reasoning.statements import Statements, has_same_as, index_key, unify
from iprgraph.reasoning.verbalise import contradiction_text


class Reasoner:
    """The rules of one schema, indexed by their premises and by their conclusions."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.rules = rules_of(schema)
        self.plan = plan(self.rules)
        self._by_premise: dict[object, list[tuple[Rule, int]]] = defaultdict(list)
        self._by_conclusion: dict[object, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            for place, atom in enumerate(rule.body):
                self._by_premise[index_key(atom)].append((rule, place))
            if rule.head is not None:
                self._by_conclusion[index_key(rule.head)].append(rule)

    @classmethod
    def of(cls, store: ox.Store) -> Reasoner:
        """Return the reasoner for a store's schema; raises DataError for one beyond OWL 2 RL."""
        return cls(cls.schema_of(store))

    @staticmethod
    def schema_of(store: ox.Store) -> Schema:
        """Return the schema of a store's statements; raises DataError for one beyond OWL 2 RL."""
        return Schema.of(store, (*EXCLUDED_GRAPHS, INFERRED))

    def update_inferred(
        self, store: ox.Store, removed: Iterable[ox.Quad], added: Iterable[ox.Quad]
    ) -> tuple[list[ox.Quad], list[ox.Quad]]:
        """Update graph/inferred after a change, and return the sorted quads it lost and gained.

        The store already has the change. Raises Inconsistency where the new state contradicts the
        ontology; graph/inferred is then incomplete, so the store must not be used any more.
        """
        removed, added = list(removed), list(added)
        if any(_needs_rebuild(quad) for quad in (*removed, *added)):
            return _rebuild(store)
        update = _Update(self, store)
        update.retract({_triple(q) for q in removed if q.graph_name not in EXCLUDED_GRAPHS})
        update.infer({_triple(q) for q in added if q.graph_name not in EXCLUDED_GRAPHS})
        return update.difference()

    def rules_from(self, triple: Triple, *, same: bool) -> Iterator[tuple[Rule, int]]:
        """Yield the rules that a triple can be a premise of, and the position of that premise.

        Without `same`, the rules of equality are left out: there is no owl:sameAs statement.
        """
        for key in _keys(triple):
            if key is not None or same:
                yield from self._by_premise.get(key, ())

    def rules_to(self, triple: Triple) -> Iterator[Rule]:
        """Yield the rules that can conclude a triple."""
        for key in _keys(triple):
            yield from self._by_conclusion.get(key, ())


class _Update:
    """One change: what it removes from graph/inferred, and what it adds."""

    def __init__(self, reasoner: Reasoner, store: ox.Store) -> None:
        self._reasoner = reasoner
        self._store = store
        self._statements = Statements(store)
        #: Touched triple -> whether graph/inferred had it before the change.
        self._was_inferred: dict[Triple, bool] = {}
        self._rederived: list[Triple] = []
        self._has_same_as = has_same_as(self._statements)

    def retract(self, removed: set[Triple]) -> None:
        """Remove what may depend on triples that no graph states any more."""
        removed = {triple for triple in removed if not self._statements.is_stated(triple)}
        self._has_same_as = self._has_same_as or any(triple[1] == OWL.sameAs for triple in removed)
        # Conclusions are looked for with the removed triples still present.
        before = self._statements.with_triples(removed)
        todo, deleted = list(removed), set(removed)
        causes: dict[Triple, Rule] = {}
        while todo:
            for rule, head in self._conclusions(before, todo.pop()):
                if head not in deleted and self._is_inferred(head):
                    deleted.add(head)
                    causes[head] = rule
                    todo.append(head)
        for triple in deleted:
            self._set_inferred(triple, present=False)
        rederived = sorted((t for t in deleted if self._follows(t, causes.get(t))), key=str)
        for triple in rederived:
            self._set_inferred(triple, present=True)
        self._rederived = rederived

    def infer(self, new: set[Triple]) -> None:
        """Add what follows from new triples and from rederived ones."""
        for triple in new:
            self._set_inferred(triple, present=False)
        todo = [*sorted(new, key=str), *self._rederived]
        added = list(new)
        while todo:
            for _, head in self._conclusions(self._statements, todo.pop()):
                if not self._statements.holds(head):
                    self._set_inferred(head, present=True)
                    todo.append(head)
                    added.append(head)
        problems = sorted({contradiction_text(clash) for t in added for clash in self._clashes(t)})
        if problems:
            raise Inconsistency(problems)

    def difference(self) -> tuple[list[ox.Quad], list[ox.Quad]]:
        """Return the sorted quads that graph/inferred lost and gained."""
        lost = [t for t, was in self._was_inferred.items() if was and not self._is_inferred(t)]
        gained = [t for t, was in self._was_inferred.items() if not was and self._is_inferred(t)]
        return sorted(map(_quad, lost), key=str), sorted(map(_quad, gained), key=str)

    def _conclusions(self, statements: Statements, triple: Triple) -> Iterator[tuple[Rule, Triple]]:
        for rule, place in self._reasoner.rules_from(triple, same=self._has_same_as):
            if rule.head is None or (bindings := unify(rule.body[place], triple, {})) is None:
                continue
            rest = rule.body[:place] + rule.body[place + 1 :]
            for solution, _ in list(statements.solve(rest, bindings)):
                if rule.allows(solution):
                    head = substitute(rule.head, solution)
                    if not is_excluded(*map(deskolemise, head)):
                        yield rule, head

    def _follows(self, triple: Triple, cause: Rule | None) -> bool:
        """Check whether a triple still follows. The rule that gave it before is tried first."""
        rules = self._reasoner.rules_to(triple)
        for rule in (cause, *rules) if cause else rules:
            assert rule.head is not None
            bindings = unify(rule.head, triple, {})
            if bindings is None:
                continue
            for solution, premises in self._statements.solve(rule.body, bindings):
                if rule.allows(solution) and triple not in premises:
                    return True
        return False

    def _clashes(self, triple: Triple) -> Iterator[Clash]:
        for rule, place in self._reasoner.rules_from(triple, same=self._has_same_as):
            bindings = unify(rule.body[place], triple, {})
            if bindings is not None:
                rest = rule.body[:place] + rule.body[place + 1 :]
                for solution, _ in self._statements.solve(rest, bindings):
                    if is_clash(rule, solution):
                        yield Clash(rule, solution)

    def _is_inferred(self, triple: Triple) -> bool:
        return not isinstance(triple[0], ox.Literal) and _quad(triple) in self._store

    def _set_inferred(self, triple: Triple, *, present: bool) -> None:
        self._was_inferred.setdefault(triple, self._is_inferred(triple))
        if isinstance(triple[0], ox.Literal):
            return
        if present:
            self._store.add(_quad(triple))
            self._has_same_as = self._has_same_as or triple[1] == OWL.sameAs
        else:
            self._store.remove(_quad(triple))


def _rebuild(store: ox.Store) -> tuple[list[ox.Quad], list[ox.Quad]]:
    """Infer everything again, and return the sorted quads that graph/inferred lost and gained.

    Needed when an axiom has changed, or graph/inferred was written to. What was written there counts
    as lost.
    """
    before = set(store.quads_for_pattern(None, None, None, INFERRED))
    store.remove_graph(INFERRED)
    materialise(store)
    after = set(store.quads_for_pattern(None, None, None, INFERRED))
    return sorted(before - after, key=str), sorted(after - before, key=str)


def _needs_rebuild(quad: ox.Quad) -> bool:
    if quad.graph_name in EXCLUDED_GRAPHS:
        return False
    return quad.graph_name == INFERRED or is_axiom(quad.subject, quad.predicate, quad.object)


def _keys(triple: Triple) -> Iterator[object]:
    yield from dict.fromkeys((index_key(triple), (triple[1], None), None))


def _triple(quad: ox.Quad) -> Triple:
    return (skolemise(quad.subject), quad.predicate, skolemise(quad.object))


def _quad(triple: Triple) -> ox.Quad:
    s, p, o = map(deskolemise, triple)
    return ox.Quad(s, p, o, INFERRED)
