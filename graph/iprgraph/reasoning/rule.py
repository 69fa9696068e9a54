"""Rules as data: what follows from what by reason of which axioms, and rules composed into one."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import pyoxigraph as ox

from iprgraph.namespaces import RDF, shorten
from iprgraph.rdf.rdflib_bridge import Term
from iprgraph.reasoning.axioms import Triple, is_anonymous

#: A variable of a rule; terms are pyoxigraph's.
Var = str
Atom = tuple[Term | Var, Term | Var, Term | Var]


class Rule(NamedTuple):
    """What follows (``head``) where all of ``body`` holds, by reason of ``axioms``.

    A head of None is a contradiction. The two variables of ``differ`` must stand for different terms.
    """

    name: str
    head: Atom | None
    body: tuple[Atom, ...]
    axioms: tuple[Triple, ...] = ()
    differ: tuple[Var, Var] | None = None
    #: The standard's rules that this one puts together, the last one first; empty where it is one.
    parts: tuple[Rule, ...] = ()


class Clash(NamedTuple):
    """A contradiction: the rule that finds it, and what its variables stand for."""

    rule: Rule
    terms: dict[Var, Term]


class ComposedRules:
    """All that follows from one statement by any number of rules with one premise."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules: dict[tuple[object, object], list[Rule]] = defaultdict(list)
        for rule in rules:
            self._rules[key_of(rule.body[0])].append(rule)
        self.keys = list(self._rules)

    def of(self, atom: Atom) -> dict[Atom, bool]:
        """Give what follows from an atom; True where a literal as its object would stand in the way."""
        found: dict[Atom, bool] = {atom: False}
        todo = [atom]
        while todo:
            current = todo.pop()
            # A triple that begins with a literal is none, and so leads nowhere.
            hindered = found[current] or (current[0] == atom[2] and current != atom)
            for rule in self._rules.get(key_of(current), ()):
                assert rule.head is not None
                names = dict(zip(rule.body[0], current, strict=True))
                head: Atom = tuple(names.get(t, t) if isinstance(t, str) else t for t in rule.head)  # type: ignore[assignment]
                if head not in found or (found[head] and not hindered):
                    found[head] = hindered
                    todo.append(head)
        del found[atom]
        return found


def key_of(atom: Atom) -> tuple[object, object]:
    return (atom[1], atom[2] if atom[1] == RDF.type else None)


def rule_text(rule: Rule) -> str:
    """Write a rule shortly, with prefixed names."""
    body = ", ".join(map(_short, rule.body)) or "nothing"
    differ = " ({} and {} differ)".format(*rule.differ) if rule.differ else ""
    return f"{body}{differ} => {_short(rule.head) if rule.head else 'a contradiction'}"


def _short(atom: Atom) -> str:
    return " ".join(
        f"?{t}" if isinstance(t, str) else "a" if t == RDF.type else term_text(t) for t in atom
    )


def term_text(term: object) -> str:
    if is_anonymous(term):
        return "an unnamed class"
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)
