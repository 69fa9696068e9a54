"""Rules without unnamed classes: membership of one is replaced by what makes something a member.

Membership of a restriction such as `[ owl:onProperty ipr:post ; owl:someValuesFrom … ]` is only an
intermediate step, so it is not stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from iprgraph.errors import DataError, Text
from iprgraph.namespaces import OWL, RDF
from iprgraph.rdf.query_results import Term
from iprgraph.reasoning.axioms import RESERVED, is_anonymous
from iprgraph.reasoning.rule import Atom, Rule

#: Most rules of a schema; unnamed classes within each other can multiply without end.
_MAX_RULES = 20_000


def is_unnamed_class(c: Term) -> bool:
    """Check whether membership of a class is only an intermediate step."""
    return is_anonymous(c) or (c.value.startswith(RESERVED) and c != OWL.Nothing)


def unfold(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules, and those that replace premises about unnamed classes by their definitions.

    Rules that conclude membership of unnamed classes are left out. Raises DataError for a schema
    with too many rules.
    """
    rules = list(rules)
    makers: dict[Term, list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule.head is not None and _is_intermediate(rule.head):
            makers[rule.head[2]].append(rule)  # type: ignore[index]
    unfolded: dict[tuple[object, object], Rule] = {}
    todo = [rule for rule in rules if rule.head is None or not _is_intermediate(rule.head)]
    while todo:
        rule = todo.pop(0)
        key = (rule.head, frozenset(rule.body))
        if key in unfolded or rule.head in rule.body:
            continue
        unfolded[key] = rule
        if len(unfolded) > _MAX_RULES:
            raise DataError(
                Text(
                    "the ontology's unnamed classes come to more than {most} rules; name some of them",
                    most=_MAX_RULES,
                )
            )
        place = next((i for i, atom in enumerate(rule.body) if _is_intermediate(atom)), None)
        if place is not None:
            todo += [
                _unfold_premise(rule, place, maker)
                for maker in makers[rule.body[place][2]]  # type: ignore[index]
                if maker not in rule.parts
            ]
    return list(unfolded.values())


def _is_intermediate(atom: Atom) -> bool:
    c = atom[2]
    return atom[1] == RDF.type and not isinstance(c, str) and is_unnamed_class(c)


def _unfold_premise(rule: Rule, place: int, maker: Rule) -> Rule:
    """Return a rule with one premise replaced by the body of the rule that concludes it."""
    assert maker.head is not None
    member, own = rule.body[place][0], maker.head[0]
    suffix = f"m{len(rule.parts)}"

    def renamed(atom: Atom) -> Atom:
        return tuple(  # type: ignore[return-value]
            member if term == own else f"{term}{suffix}" if isinstance(term, str) else term
            for term in atom
        )

    body = (*rule.body[:place], *map(renamed, maker.body), *rule.body[place + 1 :])
    parts = (*(rule.parts or (rule,)), maker)
    axioms = tuple(dict.fromkeys(rule.axioms + maker.axioms))
    return Rule(rule.name, rule.head, tuple(dict.fromkeys(body)), axioms, rule.differ, parts)
