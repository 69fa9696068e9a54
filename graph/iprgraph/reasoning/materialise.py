"""Close a store under its own axioms: run the updates of their rules until nothing new follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import pyoxigraph as ox

from iprgraph.errors import Inconsistency
from iprgraph.namespaces import INFERRED, OWL
from iprgraph.rdf.lexical_forms import unescaped
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.reasoning.axioms import EXCLUDED_GRAPHS, Schema, Triple
from iprgraph.reasoning.exclusions import is_excluded
from iprgraph.reasoning.owlrl_rules import rules_of
from iprgraph.reasoning.rule import Bindings, Clash, Rule
from iprgraph.reasoning.sparql_plan import RulePlan, plan
from iprgraph.reasoning.statements import Statements, has_same_as
from iprgraph.reasoning.verbalise import contradiction_text


class RuleEngine(Protocol):
    """Any SPARQL 1.1 engine, such as pyoxigraph's Store."""

    def query(self, text: str) -> Any:
        """Return the solutions of a SELECT, or the boolean of an ASK."""
        ...

    def update(self, text: str) -> None:
        """Run an update."""
        ...


def materialise(store: ox.Store) -> Schema:
    """Fill graph/inferred with what follows from a store's statements, and return their schema.

    Raises Inconsistency where statements contradict each other, DataError for axioms beyond OWL 2 RL.
    """
    schema, statements = Schema.of(store, (*EXCLUDED_GRAPHS, INFERRED)), Statements(store)
    while True:
        uses_equality = has_same_as(statements)
        if uses_equality:
            # What is the same as a class is a subclass of that class and of its superclasses.
            store.extend(_inferred(schema.closed - schema.stated))
        steps = plan(rules_of(schema))
        close(store, steps)
        problems = sorted({contradiction_text(clash) for clash in find_clashes(store, steps)})
        if problems:
            raise Inconsistency(problems)
        # The axioms of a class or property also hold for what is the same as it.
        new = Schema.of(store, EXCLUDED_GRAPHS).stated - schema.closed
        if not new and uses_equality == has_same_as(statements):
            break
        schema = Schema(schema.stated | new)
    if uses_equality:
        _remove_excluded(store)
    store.extend(_inferred(t for t in schema.closed - schema.stated if not is_excluded(*t)))
    return schema


def _inferred(triples: Iterable[Triple]) -> Iterator[ox.Quad]:
    return (ox.Quad(*triple, INFERRED) for triple in triples)  # type: ignore[arg-type]


def _remove_excluded(store: ox.Store) -> None:
    """Remove excluded triples from graph/inferred: equality copies every statement, these too."""
    for quad in list(store.quads_for_pattern(None, None, None, INFERRED)):
        if is_excluded(quad.subject, quad.predicate, quad.object):
            store.remove(quad)


def close(engine: RuleEngine, plan: RulePlan) -> None:
    """Add to graph/inferred what follows from all named graphs by a plan."""
    for step in plan.once:
        engine.update(step.update)
    is_changed = True
    while is_changed:
        is_changed = False
        for step in plan.repeated:
            if bool(engine.query(step.condition)):
                engine.update(step.update)
                is_changed = True
    for step in plan.cleanup:
        if bool(engine.query(step.condition)):
            engine.update(step.update)


def find_clashes(engine: RuleEngine, plan: RulePlan) -> Iterator[Clash]:
    """Yield the contradictions in a closed dataset."""
    for test in plan.tests:
        names = sorted({t for atom in test.rule.body for t in atom if isinstance(t, str)})
        for row in engine.query(test.query):
            bindings = {name: unescaped(row[name]) for name in names}
            if is_clash(test.rule, bindings):  # type: ignore[arg-type]
                yield Clash(test.rule, bindings)  # type: ignore[arg-type]


def is_clash(rule: Rule, bindings: Bindings) -> bool:
    """Check whether a rule whose premises hold is a contradiction, or equates two different literals."""
    if rule.head is None:
        return True
    first, second = bindings.get("y1"), bindings.get("y2")
    are_literals = isinstance(first, ox.Literal) and isinstance(second, ox.Literal)
    return rule.head[1] == OWL.sameAs and are_literals and _differ(first, second)


def _differ(first: object, second: object) -> bool:
    """Check whether two literals have different values; values of unknown datatypes count as equal."""
    to_rdflib = Bridge().to_rdflib
    try:
        return not to_rdflib(first).eq(to_rdflib(second))  # type: ignore[attr-defined]
    except TypeError:
        return False
