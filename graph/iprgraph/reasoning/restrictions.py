"""Rules without unnamed classes: what makes something a member of one takes its place.

Membership of a restriction such as `[ owl:onProperty ipr:post ; owl:someValuesFrom … ]` is a step
on the way only. No one asks for it, so nothing has to hold it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from iprgraph.errors import DataError
from iprgraph.namespaces import OWL, RDF
from iprgraph.rdf.rdflib_bridge import Term
from iprgraph.reasoning.axioms import RESERVED, is_anonymous
from iprgraph.reasoning.rule import Atom, Rule

#: Rules that one schema may come to; beyond, its unnamed classes multiply.
_MOST = 20_000


def is_unnamed_class(c: Term) -> bool:
    """Tell whether membership of a class is a step on the way only."""
    return is_anonymous(c) or (c.value.startswith(RESERVED) and c != OWL.Nothing)


def unfold(rules: Iterable[Rule]) -> list[Rule]:
    """Add, to rules whose premises name unnamed classes, those that name what these are made of.

    Conclusions about unnamed classes are left out. Raises DataError for a schema that comes to
    more rules than can be handled.
    """
    rules = list(rules)
    makers: dict[Term, list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule.head is not None and _is_step(rule.head):
            makers[rule.head[2]].append(rule)  # type: ignore[index]
    kept: dict[tuple[object, object], Rule] = {}
    todo = [rule for rule in rules if rule.head is None or not _is_step(rule.head)]
    while todo:
        rule = todo.pop(0)
        key = (rule.head, frozenset(rule.body))
        if key in kept or rule.head in rule.body:
            continue
        kept[key] = rule
        if len(kept) > _MOST:
            raise DataError(
                f"the ontology's unnamed classes come to more than {_MOST} rules; name some of them"
            )
        place = next((i for i, atom in enumerate(rule.body) if _is_step(atom)), None)
        if place is not None:
            todo += [
                _put(rule, place, maker)
                for maker in makers[rule.body[place][2]]  # type: ignore[index]
                if maker not in rule.parts
            ]
    return list(kept.values())


def _is_step(atom: Atom) -> bool:
    c = atom[2]
    return atom[1] == RDF.type and not isinstance(c, str) and is_unnamed_class(c)


def _put(rule: Rule, place: int, maker: Rule) -> Rule:
    """Put what makes a member in the place of the membership."""
    assert maker.head is not None
    member = rule.body[place][0]
    taken = f"m{len(rule.parts)}"

    def renamed(atom: Atom) -> Atom:
        return tuple(  # type: ignore[return-value]
            member if term == maker.head[0] else f"{term}{taken}" if isinstance(term, str) else term  # type: ignore[index]
            for term in atom
        )

    body = (*rule.body[:place], *map(renamed, maker.body), *rule.body[place + 1 :])
    parts = (*(rule.parts or (rule,)), maker)
    axioms = tuple(dict.fromkeys(rule.axioms + maker.axioms))
    return Rule(rule.name, rule.head, tuple(dict.fromkeys(body)), axioms, rule.differ, parts)
