"""Query and update an Oxigraph store: whole answers as bytes, errors with a place and a hint."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from iprgraph.errors import FormatError, QueryRefused, Text
from iprgraph.namespaces import INFERRED, MERGED, PREFIXES
from iprgraph.sparql import rewrite
from iprgraph.sparql.guard import Inspection, inspect
from iprgraph.sparql.syntax_hints import explain
from iprgraph.store import federation
from iprgraph.store.bounded_buffer import ResultBuffer
from iprgraph.store.default_graph import Merge, dataset_of, hiding_merged
from iprgraph.store.describe import describe
from iprgraph.store.graph_document import graph_document

RESULTS: dict[str, ox.QueryResultsFormat] = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}

#: Takes a little more than prefixes; a long word is looked at once, not from each of its letters.
_PREFIXED = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]++):")
_STAR = re.compile(r"select\s*(?:distinct|reduced)?\s*\*", re.IGNORECASE)


class Bounds(NamedTuple):
    """What a query may be and give: levels, parts, characters, bytes, triples."""

    nesting: int = 100
    chain: int = 1_000
    query_chars: int = 1_000_000
    result_bytes: int = 1 << 60
    describe_triples: int = 2_000


class QueryAnswer(NamedTuple):
    """A whole result; ``form`` is SELECT, ASK, CONSTRUCT or DESCRIBE, ``cut`` of a DESCRIBE only.

    ``silenced`` are the services that failed, as SILENT allows.
    """

    body: bytes
    media_type: str
    form: str
    cut: bool = False
    silenced: tuple[str, ...] = ()


class Engine:
    """A store with the project's prefixes, bounds and descriptions.

    For queries the default graph is the union of all graphs, unless the query or the call names
    its dataset; updates see the store's own default graph.
    """

    def __init__(self, store: ox.Store, bounds: Bounds = Bounds()) -> None:  # noqa: B008 (immutable)
        self.store = store
        self.bounds = bounds
        #: The merge of graphs that share triples; None where nobody asked for it.
        self.merge: Merge | None = None

    @classmethod
    def load(cls, path: Path, bounds: Bounds = Bounds()) -> Engine:  # noqa: B008 (immutable)
        """Read an N-Quads file into memory; blank nodes keep their labels."""
        store = ox.Store()
        store.extend(ox.parse(path=path, format=ox.RdfFormat.N_QUADS, lenient=True))
        engine = cls(store, bounds)
        engine.merge = Merge(store)
        return engine

    def query(
        self,
        text: str,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        format: str | None = None,
        base: str | None = None,
        peers: federation.Peers | None = None,
    ) -> QueryAnswer:
        """QueryAnswer a query whole.

        The dataset arguments, when either is given, replace FROM and FROM NAMED. ``peers`` are what
        SERVICE may call; without them, nothing. Raises QuerySyntaxError, QueryRefused, FormatError,
        ResultTooLarge, PeerFailed.
        """
        inspection = self._inspect(text, update=False)
        sent = inspection.text
        options: dict[str, Any] = {"base_iri": base}
        # Whoever declares prefixes mostly declares all; finding and adding more takes time.
        if not sent.startswith(("PREFIX", "prefix")):
            options["prefixes"] = _prefixes(sent)
        merge = self.merge if self.merge and self.merge.shared else None
        hides = False
        if default_graphs is not None or named_graphs is not None:
            given: tuple[list[ox.NamedNode], list[ox.NamedNode]] | None = (
                [_node(g) for g in default_graphs or ()],
                [_node(g) for g in named_graphs or ()],
            )
        else:
            given = dataset_of(inspection.tree, base) if merge and inspection.has_dataset else None
        if given:
            options["default_graph"] = merge.of(given[0]) if merge else given[0]
            options["named_graphs"] = given[1]
        elif merge and not inspection.has_dataset:
            options["default_graph"] = [MERGED]
            hides = True
        else:
            options["use_default_graph_as_union"] = not inspection.has_dataset

        def run(query: str) -> Any:
            query = hiding_merged(query) if hides else query
            try:
                return self.store.query(query, **options)
            except SyntaxError:
                if "prefixes" in options:
                    raise
                options["prefixes"] = _prefixes(query)
                return self.store.query(query, **options)

        try:
            if not inspection.has_service:
                return self._answer(run, inspection, text, format)
            filled = self._run(
                lambda _: federation.fill(inspection.tree, peers, run, base), inspection, text
            )
            calling_none = Inspection(filled.text, inspection.form)
            answer = self._answer(lambda query: run(filled.put(query)), calling_none, text, format)
            return answer._replace(silenced=filled.silenced)
        finally:
            if merge and given:
                merge.done()

    def _answer(
        self, run: Callable[[str], Any], query: Inspection, text: str, format: str | None
    ) -> QueryAnswer:
        result = self._run(run, query, text)
        if isinstance(result, ox.QueryTriples):
            return self._graph_answer(run, result, query, format or "turtle")
        return self._table_answer(run, result, query, format or "json")

    def forget_inferred(self) -> None:
        """Remove graph/inferred from the store, for good."""
        inferred = list(self.store.quads_for_pattern(None, None, None, INFERRED))
        self.store.remove_graph(INFERRED)
        if self.merge:
            self.merge.follow(inferred, ())

    def update(self, text: str, base: str | None = None) -> None:
        """Run an update; LOAD and SERVICE are refused. Raises QuerySyntaxError, QueryRefused."""
        self.run_update(text, self.checked_update(text), base)

    def run_update(self, text: str, checked: Inspection, base: str | None = None) -> None:
        """Run an update that is checked; ``text`` is what it was before."""
        sent = checked.text
        try:
            self.store.update(sent, base_iri=base, prefixes=_prefixes(sent))
        except SyntaxError as error:
            raise explain(text, sent, str(error), PREFIXES, update=True) from None
        except RuntimeError as error:
            raise QueryRefused(
                Text("the update failed: {told}; with SILENT it would go on", told=Text.of(error))
            ) from None

    def checked_update(self, text: str) -> Inspection:
        """Inspect an update; raises QuerySyntaxError, and QueryRefused for LOAD and SERVICE."""
        inspection = self._inspect(text, update=True)
        if inspection.has_load:
            raise QueryRefused(
                "LOAD is not allowed here; send the data with INSERT DATA", forbidden=True
            )
        if inspection.has_service:
            raise QueryRefused("SERVICE is not allowed in an update", forbidden=True)
        return inspection

    def graph(self, name: str | None, format: str = "turtle") -> QueryAnswer:
        """Return one graph, or the store's own default graph; raises KeyError where there is none."""
        node = ox.DefaultGraph() if name is None else _node(name)
        if not self.store.contains_named_graph(node):
            raise KeyError(name)
        dump = partial(self.store.dump, from_graph=node)
        return QueryAnswer(*graph_document(dump, format, self.bounds.result_bytes), "")

    def _inspect(self, text: str, *, update: bool) -> Inspection:
        b = self.bounds
        return inspect(text, update=update, nesting=b.nesting, chain=b.chain, chars=b.query_chars)

    def _run(self, run: Callable[[str], Any], query: Inspection, text: str) -> Any:
        try:
            return run(query.text)
        except SyntaxError as error:
            if "unbound" in str(error) and (expanded := rewrite.with_aliases_expanded(query.tree)):
                try:
                    return run(expanded)
                except SyntaxError:
                    pass
            raise explain(text, query.text, str(error), PREFIXES) from None
        except RuntimeError as error:
            raise QueryRefused(str(error)) from None

    def _table_answer(
        self, run: Callable[[str], Any], result: Any, query: Inspection, format: str
    ) -> QueryAnswer:
        form = "ASK" if isinstance(result, ox.QueryBoolean) else "SELECT"
        kind = RESULTS.get(format)
        if kind is None:
            raise FormatError(
                Text(
                    "{form} has no {format}; it has {listed}",
                    form=form,
                    format=format,
                    listed=list(RESULTS),
                )
            )
        if form == "SELECT" and "*" in query.text and _STAR.search(query.text):
            reordered = rewrite.with_columns(query.tree, [v.value for v in result.variables])
            result = run(reordered) if reordered else result
        if form == "ASK":
            return QueryAnswer(result.serialize(format=kind), kind.media_type, form)
        buffer: Any = ResultBuffer(self.bounds.result_bytes)
        try:
            result.serialize(buffer, kind)
        except RuntimeError as error:
            raise QueryRefused(str(error)) from None
        return QueryAnswer(buffer.value(), kind.media_type, form)

    def _graph_answer(
        self, run: Callable[[str], Any], result: Any, query: Inspection, format: str
    ) -> QueryAnswer:
        cut = False
        if query.form == "DESCRIBE":
            result, cut = describe(run, result, query.tree, self.bounds.describe_triples)
        write = partial(ox.serialize, result)
        body, media_type = graph_document(write, format, self.bounds.result_bytes)
        if cut and format in {"turtle", "trig", "ntriples", "nquads"}:
            most = self.bounds.describe_triples
            body = (
                f"# This description is cut at {most} triples; CONSTRUCT asks for all of them.\n".encode()
                + body
            )
        return QueryAnswer(body, media_type, query.form, cut)


def _prefixes(text: str) -> dict[str, str]:
    """Return the known prefixes that a text may use; to pass all of them costs a lookup's time."""
    return {name: PREFIXES[name] for name in PREFIXES.keys() & set(_PREFIXED.findall(text))}


def _node(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        raise QueryRefused(Text("{value} is not an absolute IRI", value=repr(iri))) from None
