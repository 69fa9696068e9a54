"""SHACL reports: the results of a validation, as a graph, as data and in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.errors import Text
from iprgraph.namespaces import PREFIXES, RDF, SH, shorten
from iprgraph.rdf.canonical import canonical_quads
from iprgraph.rdf.syntax import serialize
from iprgraph.shacl.compile.direct_results import DirectResult, ResultTemplate, result_quads

SEVERITIES = ("Violation", "Warning", "Info")

_PATH_MARKS = ((SH.zeroOrMorePath, "*"), (SH.oneOrMorePath, "+"), (SH.zeroOrOnePath, "?"))


class ValidationResult(NamedTuple):
    """One result of a validation, its terms written with prefixes."""

    #: Violation, Warning or Info.
    severity: str
    focus: str
    path: str
    value: str
    #: (language, text), sorted; the language is empty where the shape gives none.
    messages: tuple[tuple[str, str], ...]
    #: The named shape of the result, and the file that it is written in, where known.
    shape: str
    file: str
    component: str

    def message(self, language: str) -> str:
        """Return the message in a language, else in English, else in any."""
        messages = dict(self.messages)
        return messages.get(language) or messages.get("en") or next(iter(messages.values()), "")

    def text(self, language: str | None = None) -> str:
        """Return the result in words, in one language or in all."""
        lines = [f"{self.severity}: {self.focus}"]
        if self.path:
            lines.append(f"  path:  {self.path}")
        if self.value:
            lines.append(f"  value: {self.value}")
        if language:
            lines.append(f"  {self.message(language)}")
        else:
            lines += [f"  {text}" for _, text in self.messages]
        lines.append(f"  shape: {self.shape}" + (f" in {self.file}" if self.file else ""))
        return "\n".join(lines)


class Report:
    """The results of a validation.

    `conforms` is as SHACL defines it: there is no result of any severity. Only `violations` stop a
    release.
    """

    def __init__(
        self,
        graph: Iterable[ox.Quad],
        shapes: Iterable[ox.Quad] = (),
        shape_files: Mapping[str, str] | None = None,
        direct_results: Sequence[DirectResult] = (),
    ) -> None:
        """Read a report graph; `direct_results` are results that it does not contain."""
        self._quads = list(graph)
        self._direct_results = direct_results
        nodes = [quad.object for quad in self._quads if quad.predicate == SH.result]
        files = shape_files or {}
        # Not in canonical form yet, so that its blank nodes are those of the shapes.
        index = _ReportIndex([*self._quads, *shapes] if nodes else [])
        results = [_result(index, node, files) for node in nodes]
        results += _results(direct_results, files)
        self.results = sorted(results, key=_order)
        #: (shape, reason) for shapes that were not compiled, and were validated by pySHACL alone.
        self.uncompiled: tuple[tuple[str, str], ...] = ()

    @cached_property
    def graph(self) -> list[ox.Quad]:
        """The report graph of the standard, in canonical form."""
        quads = self._quads
        if self._direct_results:
            report = next(quad.subject for quad in quads if quad.predicate == SH.conforms)
            quads = [quad for quad in quads if quad.predicate != SH.conforms]
            quads.append(ox.Quad(report, SH.conforms, ox.Literal(False)))
            quads += result_quads(report, self._direct_results)
        return canonical_quads(quads)

    @property
    def conforms(self) -> bool:
        return not self.results

    @property
    def violations(self) -> list[ValidationResult]:
        return [result for result in self.results if result.severity == "Violation"]

    @property
    def warnings(self) -> list[ValidationResult]:
        return [result for result in self.results if result.severity == "Warning"]

    @property
    def infos(self) -> list[ValidationResult]:
        return [result for result in self.results if result.severity == "Info"]

    def summary(self) -> Text:
        """Return the number of results by severity, in words."""
        counts = (len(self.violations), len(self.warnings), len(self.infos))
        nouns = ("violation", "warning", "info")
        parts = [
            Text(f"{{count}} {noun}{'' if count == 1 else 's'}", count=count)
            for count, noun in zip(counts, nouns, strict=True)
        ]
        return Text("{listed}", listed=parts)

    def text(self, language: str | None = None) -> str:
        """Return all results in words, the most severe first, in one language or in all."""
        return "\n\n".join(result.text(language) for result in self.results)

    def turtle(self) -> bytes:
        """Return the report graph as Turtle."""
        return serialize(self.graph, "turtle")

    def as_json(self) -> dict[str, object]:
        """Return the report as plain data."""
        return {
            "conforms": self.conforms,
            "violations": len(self.violations),
            "warnings": len(self.warnings),
            "infos": len(self.infos),
            "results": [
                {**result._asdict(), "messages": dict(result.messages)} for result in self.results
            ],
        }


class _ReportIndex:
    """Objects by subject and predicate, and the subjects of an object."""

    def __init__(self, quads: list[ox.Quad]) -> None:
        self._objects: dict[tuple[object, object], list[object]] = {}
        self._owners: dict[object, list[object]] = {}
        for quad in quads:
            self._objects.setdefault((quad.subject, quad.predicate), []).append(quad.object)
            self._owners.setdefault(quad.object, []).append(quad.subject)

    def objects(self, subject: object, predicate: ox.NamedNode) -> list[object]:
        return list(dict.fromkeys(self._objects.get((subject, predicate), [])))

    def one(self, subject: object, predicate: ox.NamedNode) -> object:
        return next(iter(self.objects(subject, predicate)), None)

    def named_owner(self, node: object) -> object:
        """Return the nearest named thing that a blank node is part of."""
        seen: set[object] = set()
        level = [node]
        while level:
            named = sorted(n.value for n in level if isinstance(n, ox.NamedNode))
            if named:
                return ox.NamedNode(named[0])
            seen.update(level)
            level = [o for n in level for o in self._owners.get(n, []) if o not in seen]
        return node


def _order(result: ValidationResult) -> tuple[object, ...]:
    return SEVERITIES.index(result.severity), result


def _results(
    direct_results: Iterable[DirectResult], shape_files: Mapping[str, str]
) -> Iterator[ValidationResult]:
    fields_by_template: dict[ResultTemplate, dict[str, Any]] = {}
    for template, focus, value in direct_results:
        common = fields_by_template.get(template)
        if common is None:
            common = fields_by_template[template] = {
                "severity": _severity(template.severity),
                "path": write_term(template.path),
                "messages": tuple(sorted({(m.language or "", m.value) for m in template.messages})),
                "shape": write_term(template.shape),
                "file": shape_files.get(template.shape.value, ""),
                "component": write_term(template.component),
            }
        yield ValidationResult(focus=write_term(focus), value=write_term(value), **common)


def _severity(term: object) -> str:
    name = term.value.removeprefix(SH.iri) if isinstance(term, ox.NamedNode) else ""
    return name if name in SEVERITIES else "Violation"


def _result(index: _ReportIndex, node: object, shape_files: Mapping[str, str]) -> ValidationResult:
    shape = index.named_owner(index.one(node, SH.sourceShape))
    messages = {
        (message.language or "", message.value)
        for message in index.objects(node, SH.resultMessage)
        if isinstance(message, ox.Literal)
    }
    path = index.one(node, SH.resultPath)
    return ValidationResult(
        severity=_severity(index.one(node, SH.resultSeverity)),
        focus=write_term(index.one(node, SH.focusNode)),
        path="" if path is None else _path(index, path),
        value=write_term(index.one(node, SH.value)),
        messages=tuple(sorted(messages)),
        shape=write_term(shape),
        file=shape_files.get(shape.value, "") if isinstance(shape, ox.NamedNode) else "",
        component=write_term(index.one(node, SH.sourceConstraintComponent)),
    )


def _path(index: _ReportIndex, node: object) -> str:
    """Return a SHACL property path in SPARQL."""
    if isinstance(node, ox.NamedNode):
        return shorten(node.value)
    inverse = index.one(node, SH.inversePath)
    if inverse is not None:
        return f"^{_path(index, inverse)}"
    alternatives = index.one(node, SH.alternativePath)
    if alternatives is not None:
        return f"({' | '.join(_path(index, item) for item in _items(index, alternatives))})"
    for predicate, mark in _PATH_MARKS:
        inner = index.one(node, predicate)
        if inner is not None:
            return f"{_path(index, inner)}{mark}"
    return " / ".join(_path(index, item) for item in _items(index, node))


def _items(index: _ReportIndex, head: object) -> Iterable[object]:
    while head is not None and head != RDF.nil:
        yield index.one(head, RDF.first)
        head = index.one(head, RDF.rest)


def write_term(term: object) -> str:
    """Return a term for people: prefixed names, quoted text, an empty text for None."""
    if isinstance(term, ox.NamedNode):
        return shorten(term.value)
    if (
        isinstance(term, ox.Literal)
        and not term.language
        and term.datatype.value.startswith(PREFIXES["xsd"])
    ):
        if term.datatype.value.endswith("#string"):
            return str(term)
        return f"{term.value} ({shorten(term.datatype.value)})"
    return "" if term is None else str(term)
