"""Rules as data: what follows from what by reason of which axioms, and rules composed into one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import RDF, shorten
from iprgraph.rdf.query_results import Term
from iprgraph.reasoning.axioms import Triple, is_anonymous

#: A variable of a rule; terms are those of pyoxigraph.
Var = str
Atom = tuple[Term | Var, Term | Var, Term | Var]
Bindings = dict[Var, Term]


class Rule(NamedTuple):
    """A rule: ``head`` follows where all atoms of ``body`` hold, because of ``axioms``.

    A head of None is a contradiction. The two variables of ``differ`` must be bound to different terms.
    """

    name: str
    head: Atom | None
    body: tuple[Atom, ...]
    axioms: tuple[Triple, ...] = ()
    differ: tuple[Var, Var] | None = None
    #: The standard's rules that this rule combines, the last one first; empty where it is one of them.
    parts: tuple[Rule, ...] = ()

    def allows(self, bindings: Bindings) -> bool:
        """Check whether the two variables of ``differ`` are bound to different terms."""
        return self.differ is None or bindings[self.differ[0]] != bindings[self.differ[1]]


class Clash(NamedTuple):
    """A contradiction: the rule that finds it, and the bindings of its variables."""

    rule: Rule
    bindings: Bindings


def is_simple(rule: Rule) -> bool:
    """Check whether the only premise of a rule is any statement of a property, or membership of a class."""
    if rule.head is None or len(rule.body) != 1:
        return False
    (s, p, o) = rule.body[0]
    return (
        isinstance(s, str)
        and not isinstance(p, str)
        and (s != o if isinstance(o, str) else p == RDF.type)
    )


class ComposedRules:
    """Simple rules, to be applied to one statement one after the other."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules: dict[tuple[object, object], list[Rule]] = defaultdict(list)
        for rule in rules:
            self._rules[composition_key(rule.body[0])].append(rule)
        self.keys = list(self._rules)

    def conclusions(self, atom: Atom) -> dict[Atom, bool]:
        """Return what follows from an atom; True for what does not follow if the object is a literal."""
        conclusions: dict[Atom, bool] = {atom: False}
        todo = [atom]
        while todo:
            current = todo.pop()
            # There are no triples with a literal as subject, so nothing follows through one.
            needs_resource = conclusions[current] or (current[0] == atom[2] and current != atom)
            for rule in self._rules.get(composition_key(current), ()):
                assert rule.head is not None
                names = dict(zip(rule.body[0], current, strict=True))
                head = substitute(rule.head, names)
                if head not in conclusions or (conclusions[head] and not needs_resource):
                    conclusions[head] = needs_resource
                    todo.append(head)
        del conclusions[atom]
        return conclusions


def composition_key(atom: Atom) -> tuple[object, object]:
    """Return the predicate of an atom and, for rdf:type, its class: rules are looked up by it."""
    return (atom[1], atom[2] if atom[1] == RDF.type else None)


def substitute(atom: Atom, bindings: Mapping[Any, Any]) -> Any:
    """Return an atom with its variables replaced where they are bound."""
    return tuple(bindings.get(t, t) if isinstance(t, str) else t for t in atom)


def rule_text(rule: Rule) -> str:
    """Return a rule as one short line with prefixed names."""
    body = ", ".join(map(_atom_text, rule.body)) or "nothing"
    differ = " ({} and {} differ)".format(*rule.differ) if rule.differ else ""
    return f"{body}{differ} => {_atom_text(rule.head) if rule.head else 'a contradiction'}"


def _atom_text(atom: Atom) -> str:
    return " ".join(
        f"?{t}" if isinstance(t, str) else "a" if t == RDF.type else term_text(t) for t in atom
    )


def term_text(term: object) -> str:
    """Return a term with prefixed names; blank nodes in axioms are unnamed classes."""
    if is_anonymous(term):
        return "an unnamed class"
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)
