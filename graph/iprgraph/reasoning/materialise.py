"""Close a store under its own axioms: run their rules' updates until nothing new follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import pyoxigraph as ox

from iprgraph.errors import Inconsistency
from iprgraph.namespaces import INFERRED, OWL
from iprgraph.rdf.lexical_forms import unescaped
from iprgraph.rdf.rdflib_bridge import Bridge, Term
from iprgraph.reasoning.axioms import Schema, Triple
from iprgraph.reasoning.exclusions import is_excluded
from iprgraph.reasoning.owlrl_rules import rules_of
from iprgraph.reasoning.rule import Clash, Rule
from iprgraph.reasoning.sparql_plan import OUTSIDE, RulePlan, plan
from iprgraph.reasoning.statements import Statements, any_same
from iprgraph.reasoning.verbalise import contradiction


class RuleEngine(Protocol):
    """Any SPARQL 1.1 engine: pyoxigraph's Store is one."""

    def query(self, text: str) -> Any:
        """Answer a SELECT with solutions, an ASK with a boolean."""
        ...

    def update(self, text: str) -> None:
        """Run an update."""
        ...


def materialise(store: ox.Store) -> Schema:
    """Fill graph/inferred with what follows from a store's statements; gives their schema.

    Raises Inconsistency where they contradict each other, DataError for axioms beyond OWL 2 RL.
    """
    schema, facts = Schema.of(store, (*OUTSIDE, INFERRED)), Statements(store)
    while True:
        same = any_same(facts)
        if same:
            # What is the same as a class lies within all that the class lies within, itself too.
            store.extend(_inferred(schema.closed - schema.stated))
        steps = plan(rules_of(schema))
        close(store, steps)
        problems = sorted({contradiction(clash) for clash in clashes(store, steps)})
        if problems:
            raise Inconsistency(problems)
        # What is the same as a class or a property has its axioms too.
        new = Schema.of(store, OUTSIDE).stated - schema.closed
        if not new and same == any_same(facts):
            break
        schema = Schema(schema.stated | new)
    if same:
        _sweep(store)
    store.extend(_inferred(t for t in schema.closed - schema.stated if not is_excluded(*t)))
    return schema


def _inferred(triples: Iterable[Triple]) -> Iterator[ox.Quad]:
    return (ox.Quad(*triple, INFERRED) for triple in triples)  # type: ignore[arg-type]


def _sweep(store: ox.Store) -> None:
    """Take out the noise that equality makes: it repeats whatever is said."""
    found = list(store.quads_for_pattern(None, None, None, INFERRED))
    for quad in found:
        if is_excluded(quad.subject, quad.predicate, quad.object):
            store.remove(quad)


def close(engine: RuleEngine, plan: RulePlan) -> None:
    """Add to graph/inferred what follows by a plan from all named graphs."""
    for step in plan.once:
        engine.update(step.update)
    again = True
    while again:
        again = False
        for step in plan.repeated:
            if bool(engine.query(step.when)):
                engine.update(step.update)
                again = True
    for step in plan.tidying:
        if bool(engine.query(step.when)):
            engine.update(step.update)


def clashes(engine: RuleEngine, plan: RulePlan) -> Iterator[Clash]:
    """Find the contradictions in a closed dataset."""
    for test in plan.tests:
        names = sorted({t for atom in test.rule.body for t in atom if isinstance(t, str)})
        for row in engine.query(test.query):
            terms = {name: unescaped(row[name]) for name in names}
            if is_clash(test.rule, terms):  # type: ignore[arg-type]
                yield Clash(test.rule, terms)  # type: ignore[arg-type]


def is_clash(rule: Rule, terms: dict[str, Term]) -> bool:
    """Tell whether a rule whose premises hold contradicts: it says so, or makes two values one."""
    if rule.head is None:
        return True
    first, second = terms.get("y1"), terms.get("y2")
    both = isinstance(first, ox.Literal) and isinstance(second, ox.Literal)
    return rule.head[1] == OWL.sameAs and both and _differ(first, second)


def _differ(first: object, second: object) -> bool:
    """Tell whether two literals have different values; of unknown datatypes they may be the same."""
    over = Bridge().over
    try:
        return not over(first).eq(over(second))  # type: ignore[attr-defined]
    except TypeError:
        return False
