"""Keep graph/inferred up to date: after a change, infer and retract what it touches.

Retraction is by deleting and rederiving: all that might rest on what is gone is taken out, and what
still follows is put back. The cost is that of what the change touches, not of the graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from iprgraph.errors import Inconsistency
from iprgraph.namespaces import INFERRED, OWL
from iprgraph.reasoning.axioms import Schema, Triple, is_axiom, named, unnamed
from iprgraph.reasoning.exclusions import is_excluded
from iprgraph.reasoning.materialise import is_clash, materialise
from iprgraph.reasoning.owlrl_rules import rules_of
from iprgraph.reasoning.rule import Clash, Rule
from iprgraph.reasoning.sparql_plan import OUTSIDE, plan
from iprgraph.reasoning.statements import Statements, any_same, key, put, unify
from iprgraph.reasoning.verbalise import contradiction


class Reasoner:
    """Hold the rules of one schema, by what they conclude and by what they start from."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.rules = rules_of(schema)
        self.plan = plan(self.rules)
        self._starting: dict[object, list[tuple[Rule, int]]] = defaultdict(list)
        self._concluding: dict[object, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            for place, atom in enumerate(rule.body):
                self._starting[key(atom)].append((rule, place))
            if rule.head is not None:
                self._concluding[key(rule.head)].append(rule)

    @classmethod
    def of(cls, store: ox.Store) -> Reasoner:
        """Read the schema from a store's statements; raises DataError where it goes beyond OWL 2 RL."""
        return cls(cls.schema_of(store))

    @staticmethod
    def schema_of(store: ox.Store) -> Schema:
        """Read the schema from a store's statements; raises DataError where it goes beyond OWL 2 RL."""
        return Schema.of(store, (*OUTSIDE, INFERRED))

    def follow(
        self, store: ox.Store, removed: Iterable[ox.Quad], added: Iterable[ox.Quad]
    ) -> tuple[list[ox.Quad], list[ox.Quad]]:
        """Bring graph/inferred up to date with a change of statements that the store has made.

        Gives what leaves and what enters graph/inferred, sorted. Raises Inconsistency where the new
        state contradicts the ontology; the store is then as it was left, and of no more use.
        """
        removed, added = list(removed), list(added)
        if any(_needs_all(quad) for quad in (*removed, *added)):
            return _rebuild(store)
        work = _Update(self, store)
        work.retract({_triple(q) for q in removed if q.graph_name not in OUTSIDE})
        work.infer({_triple(q) for q in added if q.graph_name not in OUTSIDE})
        return work.outcome()

    def starting(self, triple: Triple, *, same: bool) -> Iterator[tuple[Rule, int]]:
        """Give the rules that a triple can be a premise of, and the place that it takes.

        Those of equality are left out where nothing is the same as something else.
        """
        for found in _keys(triple):
            if found is not None or same:
                yield from self._starting.get(found, ())

    def concluding(self, triple: Triple) -> Iterator[Rule]:
        """Give the rules that can conclude a triple."""
        for found in _keys(triple):
            yield from self._concluding.get(found, ())


class _Update:
    """One change: what it takes out of graph/inferred, and what it puts there."""

    def __init__(self, reasoner: Reasoner, store: ox.Store) -> None:
        self._reasoner = reasoner
        self._store = store
        self._facts = Statements(store)
        self._was: dict[Triple, bool] = {}
        self._again: list[Triple] = []
        self._same = any_same(self._facts)

    def retract(self, gone: set[Triple]) -> None:
        """Take out what might rest on triples that no graph states any more."""
        gone = {triple for triple in gone if not self._facts.is_stated(triple)}
        self._same = self._same or any(triple[1] == OWL.sameAs for triple in gone)
        # The premises of what was concluded are looked for as they were before.
        before = self._facts.with_more(gone)
        todo, deleted = list(gone), set(gone)
        causes: dict[Triple, Rule] = {}
        while todo:
            for rule, head in self._conclusions(before, todo.pop()):
                if head not in deleted and self._is_inferred(head):
                    deleted.add(head)
                    causes[head] = rule
                    todo.append(head)
        for triple in deleted:
            self._set(triple, present=False)
        back = sorted((t for t in deleted if self._follows(t, causes.get(t))), key=str)
        for triple in back:
            self._set(triple, present=True)
        self._again = back

    def infer(self, new: set[Triple]) -> None:
        """Put in what follows from new triples, and from those that were put back."""
        for triple in new:
            self._set(triple, present=False)
        todo = [*sorted(new, key=str), *self._again]
        fresh = list(new)
        while todo:
            for _, head in self._conclusions(self._facts, todo.pop()):
                if not self._facts.holds(head):
                    self._set(head, present=True)
                    todo.append(head)
                    fresh.append(head)
        problems = sorted({contradiction(clash) for t in fresh for clash in self._clashes(t)})
        if problems:
            raise Inconsistency(problems)

    def outcome(self) -> tuple[list[ox.Quad], list[ox.Quad]]:
        """Give the difference that the work has made."""
        left = [t for t, was in self._was.items() if was and not self._is_inferred(t)]
        entered = [t for t, was in self._was.items() if not was and self._is_inferred(t)]
        return sorted(map(_quad, left), key=str), sorted(map(_quad, entered), key=str)

    def _conclusions(self, facts: Statements, triple: Triple) -> Iterator[tuple[Rule, Triple]]:
        for rule, place in self._reasoner.starting(triple, same=self._same):
            if rule.head is None or (terms := unify(rule.body[place], triple, {})) is None:
                continue
            rest = rule.body[:place] + rule.body[place + 1 :]
            for found, _ in list(facts.solve(rest, terms)):
                if rule.differ is None or found[rule.differ[0]] != found[rule.differ[1]]:
                    head = put(rule.head, found)
                    if not is_excluded(*map(unnamed, head)):
                        yield rule, head

    def _follows(self, triple: Triple, cause: Rule | None) -> bool:
        """Tell whether a triple still follows; what gave it once is the likeliest to give it again.

        To find that a rule gives nothing can take a look at all that names the triple's terms.
        """
        rules = self._reasoner.concluding(triple)
        for rule in (cause, *rules) if cause else rules:
            assert rule.head is not None
            terms = unify(rule.head, triple, {})
            for found, shown in self._facts.solve(rule.body, terms) if terms is not None else ():
                differ = rule.differ is None or found[rule.differ[0]] != found[rule.differ[1]]
                if differ and triple not in shown:
                    return True
        return False

    def _clashes(self, triple: Triple) -> Iterator[Clash]:
        for rule, place in self._reasoner.starting(triple, same=self._same):
            terms = unify(rule.body[place], triple, {})
            if terms is not None:
                rest = rule.body[:place] + rule.body[place + 1 :]
                for found, _ in self._facts.solve(rest, terms):
                    if is_clash(rule, found):
                        yield Clash(rule, found)

    def _is_inferred(self, triple: Triple) -> bool:
        return not isinstance(triple[0], ox.Literal) and _quad(triple) in self._store

    def _set(self, triple: Triple, *, present: bool) -> None:
        self._was.setdefault(triple, self._is_inferred(triple))
        if isinstance(triple[0], ox.Literal):
            return
        if present:
            self._store.add(_quad(triple))
            self._same = self._same or triple[1] == OWL.sameAs
        else:
            self._store.remove(_quad(triple))


def _rebuild(store: ox.Store) -> tuple[list[ox.Quad], list[ox.Quad]]:
    """Infer all anew: an axiom has changed, or someone has written to graph/inferred.

    The difference is to the store as it is, with what was written to graph/inferred.
    """
    before = set(store.quads_for_pattern(None, None, None, INFERRED))
    store.remove_graph(INFERRED)
    materialise(store)
    after = set(store.quads_for_pattern(None, None, None, INFERRED))
    return sorted(before - after, key=str), sorted(after - before, key=str)


def _needs_all(quad: ox.Quad) -> bool:
    if quad.graph_name in OUTSIDE:
        return False
    return quad.graph_name == INFERRED or is_axiom(quad.subject, quad.predicate, quad.object)


def _keys(triple: Triple) -> Iterator[object]:
    yield from dict.fromkeys((key(triple), (triple[1], None), None))


def _triple(quad: ox.Quad) -> Triple:
    return (named(quad.subject), quad.predicate, named(quad.object))


def _quad(triple: Triple) -> ox.Quad:
    s, p, o = map(unnamed, triple)
    return ox.Quad(s, p, o, INFERRED)
