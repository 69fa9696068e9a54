"""The validation of every write: what follows is inferred, and what the shapes reject is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.errors import DataError, Inconsistency, Text
from iprgraph.namespaces import MERGED, SHAPES
from iprgraph.reasoning.incremental import Reasoner
from iprgraph.shacl import Data, LexicalForms, Validator
from iprgraph.shacl.report import Report
from iprgraph.store.changes import Change, parse_quads, written
from iprgraph_server.errors import Contradiction, QueryRefusedProblem, ShapesRejected

#: So many results are told in the detail, and so many as data; the report has all.
_TOLD = 3
_LISTED = 100


class Verdict(NamedTuple):
    """What a write brings with it: what is inferred from it, and what the shapes say of it."""

    inferred: Change
    report: Report | None


class WriteValidator:
    """Judge writes to one graph, at a cost that follows the write and not the graph."""

    def __init__(self, reasoner: Reasoner | None, store: ox.Store, file: Path | None) -> None:
        """Take the release's file, where its literals are as they were written.

        Without a file, or where the store has no shapes, none are asked.
        """
        self._reasoner = reasoner
        self.validator: Validator | None = None
        self.rewritten = LexicalForms()
        if file is not None and store.contains_named_graph(SHAPES):
            self.rewritten = LexicalForms(
                ox.parse(path=file, format=ox.RdfFormat.N_QUADS, lenient=True)
            )
            self.validator = Validator(store.quads_for_pattern(None, None, None, SHAPES))

    def judge(self, store: ox.Store, change: Change) -> Verdict:
        """Bring a store's inferred graph up to date with a change that it has made, and validate.

        Raises Contradiction, ShapesRejected and QueryRefusedProblem; the store is then of no more use.
        """
        removed, added = list(parse_quads(change.removed)), list(parse_quads(change.added))
        left: list[ox.Quad] = []
        entered: list[ox.Quad] = []
        if self._reasoner:
            try:
                left, entered = self._reasoner.update_inferred(store, removed, added)
            except Inconsistency as error:
                raise _contradiction(error) from None
            except DataError as error:
                raise QueryRefusedProblem(
                    Text("Nothing was changed: {told}.", told=Text.of(error)), status=422
                ) from None
        report = None
        if self.validator:
            report = self._validate(store, [*removed, *left], [*added, *entered])
        return Verdict(Change(written(left), written(entered)), report)

    def _validate(self, store: ox.Store, removed: list[ox.Quad], added: list[ox.Quad]) -> Report:
        assert self.validator
        validator = self.validator
        data = Data(store, hidden=[SHAPES], merged=MERGED, rewritten=self.rewritten)
        if any(quad.graph_name == SHAPES for quad in (*removed, *added)):
            # Other shapes look at everything anew.
            try:
                validator = Validator(store.quads_for_pattern(None, None, None, SHAPES))
            except DataError as error:
                raise QueryRefusedProblem(
                    Text("Nothing was changed: {told}.", told=Text.of(error)), status=422
                ) from None
            report = validator.validate(data)
        else:
            self.rewritten.remove(removed)
            report = validator.validate_change(data, added, removed)
        if report.violations:
            raise _rejected(report)
        return report


def as_data(report: Report) -> list[dict[str, Any]]:
    """Return the results of a report as plain data, the gravest first, at most a hundred."""
    listed: list[dict[str, Any]] = report.as_json()["results"][:_LISTED]  # type: ignore[index]
    plain: list[dict[str, Any]] = json.loads(json.dumps(listed))
    return plain


def _rejected(report: Report) -> ShapesRejected:
    lines = [Text("Nothing was changed: the shapes find {what}.", what=report.summary())]
    lines += [
        Text("- {focus}: {told}", focus=v.focus, told=dict(v.messages))
        for v in report.violations[:_TOLD]
    ]
    if (more := len(report.violations) - _TOLD) > 0:
        lines.append(Text("- and {count} more", count=more))
    return ShapesRejected(
        Text.lines(*lines),
        ox.serialize((q.triple for q in report.graph), format=ox.RdfFormat.N_TRIPLES) or b"",
        text=report.text(),
        results=as_data(report),
    )


def _contradiction(error: Inconsistency) -> Contradiction:
    return Contradiction(
        Text.lines(
            Text("Nothing was changed: the data would contradict the ontology."),
            *(Text("- {told}", told=problem) for problem in error.problems[:_TOLD]),
            Text("Correct the statements about these things."),
        ),
        problems=error.problems[:_LISTED],
    )
