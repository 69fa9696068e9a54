"""The clauses of shapes, and how one look tells that all nodes conform to one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import rdflib
from pyshacl.shape import Shape
from rdflib.namespace import RDF, RDFS

from iprgraph.shacl.compile.compiler import Compiler
from iprgraph.shacl.compile.conditions import FALSE, TRUE, disjunction, exists_where, negated
from iprgraph.shacl.compile.direct_results import CompiledConstraint
from iprgraph.shacl.compile.graph_checks import (
    Clause,
    EqualCounts,
    LanguageUse,
    PropertyUse,
    RequiredProperty,
    SingleValued,
    count,
    used,
)
from iprgraph.shacl.compile.paths import SH, iri

#: A choice that begins with having a property, as conditions come that cost least.
_CHOICE = re.compile(r"\(EXISTS \{ \?this (<[^<>]*>) \?v\d+ \. \}\) \|\| ")


def clauses(shape: Shape, compiler: Compiler, focus: str) -> Iterator[Clause]:
    """Write the clauses of a shape of nodes or of one property; `focus` is the pattern of its nodes."""
    if not shape.is_property_shape:
        for part in compiler.parts:
            for condition in (*part.each, part.whole):
                yield Clause(condition.ok, None, _by_one(condition.ok, focus))
        return
    path = shape.path()
    if not isinstance(path, rdflib.URIRef):
        return
    value, p = compiler.value, iri(path)
    pattern = f"?this {p} {value} ."
    alike: list[str] = []
    for part in compiler.parts:
        for condition, tally in zip(part.each, _tallies(shape, part, p), strict=True):
            if tally:
                yield _of_values(pattern, value, negated(condition.ok), tally)
            else:
                alike.append(negated(condition.ok))
        # What is wrong with all values together is wrong with one of them, or that there is none.
        ok = part.whole.ok
        is_of_one = ok.startswith(f"NOT EXISTS {{ ?this {p} ?")
        wrong = ok.removeprefix("NOT EXISTS ") if is_of_one else None
        yield Clause(ok, wrong, _known_by(shape, part, p, focus))
    yield _of_values(pattern, value, disjunction(alike), None)


def _of_values(
    pattern: str, value: str, bad: str, tally: EqualCounts | LanguageUse | None
) -> Clause:
    """Write the clause that no value is bad; what costs more than to group them is asked of each once."""
    if bad == FALSE:
        return Clause(TRUE, None, None)
    asked = pattern
    if "?this" not in bad and "REGEX" in bad:
        # The engine would move the question into a SELECT DISTINCT.
        asked = f"{{ SELECT {value} WHERE {{ {pattern} }} GROUP BY {value} }}"
    return Clause(negated(exists_where(pattern, bad)), f"{asked} FILTER ({bad})", tally)


def _by_one(ok: str, focus: str) -> RequiredProperty | None:
    """Tell by which property alone nodes conform to a choice, where there is one."""
    found = _CHOICE.match(ok)
    return RequiredProperty(focus, found[1]) if found else None


def _tallies(
    shape: Shape, part: CompiledConstraint, p: str
) -> list[EqualCounts | LanguageUse | None]:
    """Give the tally of each condition on values that a constraint of a property makes."""
    found: list[EqualCounts | LanguageUse | None] = []
    if part.parameter == "class":
        found = [_within(p, [cls]) for cls in part.component.class_rules]
    elif part.parameter == "datatype" and part.component.datatype_rule == RDF.langString:
        found = [LanguageUse(p, lambda languages, _: not {"", None} & languages.keys())]
    elif part.parameter == "or":
        found = [_of_classes(shape, p, head) for head in part.component.or_list]
    return found if len(found) == len(part.each) else [None] * len(part.each)


def _known_by(
    shape: Shape, part: CompiledConstraint, p: str, focus: str
) -> RequiredProperty | SingleValued | LanguageUse | None:
    """Give what tells of the condition that a constraint makes on all values of a property together."""
    if part.parameter == "maxCount" and int(part.component.max_count.value) == 1:
        return SingleValued(p)
    if part.parameter == "minCount" and int(part.component.min_count.value) == 1:
        return RequiredProperty(focus, p)
    if part.parameter == "uniqueLang":
        return LanguageUse(
            p,
            lambda languages, _: all(
                tag in ("", None) or n == of for tag, (n, of) in languages.items()
            ),
        )
    language = _language(shape, part)
    if language:
        return LanguageUse(
            p,
            lambda languages, whole: (
                languages.get(language, PropertyUse(0, 0)).nodes == whole.nodes
            ),
            focus,
        )
    return None


def _language(shape: Shape, part: CompiledConstraint) -> str | None:
    """Read that a value in one language is wanted."""
    c = part.component
    if not part.parameter.startswith("qualified") or c.is_disjoint or c.max_count is not None:
        return None
    (wanted,) = c.value_shapes
    said = [p for p, _ in shape.sg.predicate_objects(wanted)]
    heads = list(shape.sg.objects(wanted, SH.languageIn))
    if c.min_count != 1 or said != [SH.languageIn] or len(heads) != 1:
        return None
    tags = [str(tag).lower() for tag in shape.sg.graph.items(heads[0])]
    return tags[0] if len(tags) == 1 else None


def _of_classes(shape: Shape, p: str, head: rdflib.term.Node) -> EqualCounts | None:
    """Read a choice between nothing but classes."""
    classes = []
    for node in shape.sg.graph.items(head):
        said = list(shape.sg.predicate_objects(node))
        if len(said) != 1 or said[0][0] != SH["class"]:
            return None
        classes.append(said[0][1])
    return _within(p, classes)


def _within(p: str, classes: Iterable[rdflib.term.Node]) -> EqualCounts:
    """Ask whether a property's values and the instances of classes are no more than the instances."""
    instances = [f"?v <{RDF.type}>/<{RDFS.subClassOf}>* {iri(cls)}" for cls in classes]
    return EqualCounts(count(*instances, used(p), of="?v"), count(*instances, of="?v"))
