"""Validate documents that are not stored, in a query worker: with the graph beside them, or alone."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from iprgraph.errors import DataError, Inconsistency, ResultTooLarge, Text
from iprgraph.namespaces import MERGED, SHAPES
from iprgraph.rdf.syntax import SYNTAXES
from iprgraph.reasoning.incremental import Reasoner
from iprgraph.shacl import Data, EscapedLiterals, LexicalForms, Validator
from iprgraph.shacl.report import Report
from iprgraph.store.engine import Engine
from iprgraph_server.errors import Contradiction, QueryRefusedProblem, QuerySyntax, unpack
from iprgraph_server.workers import sandbox
from iprgraph_server.workers.jobs import Validate
from iprgraph_server.workers.write_validation import WriteValidator

#: Where a document is, beside the graph: shapes look at the union, whatever its graphs are called.
_DOCUMENT = ox.NamedNode("urn:x-iprgraph:document")
#: So many contradictions are listed.
_LISTED = 100
#: Characters that are told of what is wrong with shapes.
_LONGEST = 500

#: The least that has pySHACL load what it loads when it first looks at something.
_FIRST = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
[] a sh:NodeShape ; sh:targetNode sh:Shape ; sh:nodeKind sh:Literal ;
  sh:sparql [ sh:message "" ; sh:select "SELECT $this WHERE { $this ?p ?o }" ] .
sh:Shape a sh:Shape .
"""


class DocumentValidator:
    """Validate documents with what does not depend on them: shapes, reasoner, the release's file."""

    def __init__(
        self, file: Path, reasoner: Reasoner | None, writes: WriteValidator | None
    ) -> None:
        self._file = file
        self._reasoner = reasoner
        self._writes = writes

    def validate(self, engine: Engine, job: Validate) -> bytes:
        """Return a report as JSON, its graph in N-Triples; the engine is of no more use then.

        Raises QuerySyntax, QueryRefusedProblem, Contradiction and ResultTooLarge.
        """
        # What is ours may be read from files; with what was sent, nothing is opened.
        sandbox.open_freely()
        validator = None if job.shapes else self._ours(engine.store)
        rewritten = self._rewritten() if job.with_graph else LexicalForms()
        _load_all()
        sandbox.open_nothing_new()
        # Warnings would tell the operator of whatever anyone sends.
        warnings.simplefilter("ignore")
        data, shapes = list(_read(job.data, job.base)), list(_read(job.shapes, job.base))
        try:
            validator = validator or Validator(shapes)
            if job.with_graph:
                report = self._beside(engine, validator, rewritten, data)
            else:
                store = ox.Store()
                store.bulk_extend(EscapedLiterals().escape_quads(data))
                report = validator.validate(Data(store))
        except Inconsistency as error:
            raise _contradiction(error) from None
        except DataError as error:
            raise _unusable(Text.of(error)) from None
        except MemoryError:
            raise
        except OSError:
            raise _unusable(
                Text("the shapes ask for a file or an address; nothing is opened")
            ) from None
        except Exception as error:
            if not job.shapes:
                raise
            # pySHACL lets much through; whoever wrote the shapes can tell from it what is wrong.
            raise _unusable(
                Text("the shapes cannot be used: {told}", told=Text.of(error))
            ) from None
        return _written(report, engine.bounds.result_bytes)

    def _ours(self, store: ox.Store) -> Validator:
        if self._writes and self._writes.validator:
            return self._writes.validator
        if not store.contains_named_graph(SHAPES):
            raise QueryRefusedProblem(
                "This release has no shapes. Send yours as the part `shapes`.", status=422
            )
        return Validator(store.quads_for_pattern(None, None, None, SHAPES))

    def _rewritten(self) -> LexicalForms:
        """Return the literals that the graph holds otherwise than they were written."""
        if self._writes and self._writes.validator:
            return self._writes.rewritten
        return LexicalForms(ox.parse(path=self._file, format=ox.RdfFormat.N_QUADS, lenient=True))

    def _beside(
        self, engine: Engine, validator: Validator, rewritten: LexicalForms, data: list[ox.Quad]
    ) -> Report:
        """Add a document to the graph, infer what follows, and validate what this can have altered."""
        if engine.merge:
            engine.merge.leave()
        store, beside = engine.store, ox.Store()
        beside.extend(ox.Quad(q.subject, q.predicate, q.object, _DOCUMENT) for q in data)
        added, left, entered = list(beside), list[ox.Quad](), list[ox.Quad]()
        new = [
            q for q in added if not any(store.quads_for_pattern(q.subject, q.predicate, q.object))
        ]
        store.extend(added)
        for quad in data:
            rewritten.add(quad)
        if self._reasoner:
            left, entered = self._reasoner.update_inferred(store, [], new)
        seen = Data(store, hidden=[SHAPES], merged=MERGED, rewritten=rewritten)
        return validator.validate_change(seen, [*added, *entered], left)


def _read(
    documents: Iterable[tuple[dict[str, Any], str, bytes]], base: str | None
) -> Iterable[ox.Quad]:
    """Read documents one after the other, each with blank nodes of its own; raises QuerySyntax."""
    for name, syntax, body in documents:
        try:
            yield from ox.parse(
                body, SYNTAXES[syntax].format, base_iri=base, rename_blank_nodes=True
            )
        except SyntaxError as error:
            told = Text(
                "{what} cannot be read as {syntax}: {told}",
                what=unpack(name),
                syntax=syntax,
                told=Text.of(error.msg),
            )
            raise QuerySyntax(told, line=error.lineno, column=error.offset) from None


def _load_all() -> None:
    """Load everything that validation needs."""
    store = ox.Store()
    quads = list(ox.parse(_FIRST, ox.RdfFormat.TURTLE))
    store.extend(quads)
    Validator(quads).validate(Data(store))


def _written(report: Report, most: int) -> bytes:
    told = report.as_json()
    for result in told["results"]:  # type: ignore[attr-defined]
        # Shapes have no files here.
        del result["file"]
    graph = ox.serialize((q.triple for q in report.graph), format=ox.RdfFormat.N_TRIPLES) or b""
    left = [{"shape": shape, "why": why} for shape, why in report.uncompiled]
    body = json.dumps({**told, "left": left, "graph": graph.decode()}, ensure_ascii=False).encode()
    if len(body) > most:
        raise ResultTooLarge(
            Text(
                "The report has {size} bytes, more than {most}",
                size=f"{len(body):,}",
                most=f"{most:,}",
            )
        )
    return body


def _unusable(told: Text) -> QueryRefusedProblem:
    if len(told) > _LONGEST:
        told = Text(told[:_LONGEST])
    return QueryRefusedProblem(
        Text("Nothing was validated: {told}", told=told).sentence(), status=422
    )


def _contradiction(error: Inconsistency) -> Contradiction:
    return Contradiction(
        Text.lines(
            Text("With the graph, the document would contradict the ontology."),
            *(Text("- {told}", told=problem) for problem in error.problems[:3]),
        ),
        problems=error.problems[:_LISTED],
    )
