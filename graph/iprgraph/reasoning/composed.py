"""Rules with one premise, put together: all that one statement leads to."""

from __future__ import annotations

from collections import defaultdict

from iprgraph.namespaces import RDF
from iprgraph.reasoning.rule import Atom, Rule


class Composed:
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
