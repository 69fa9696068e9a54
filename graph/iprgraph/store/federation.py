"""Evaluate SERVICE: ask each peer for what the rest of the query can use, whole, before it runs.

The engine alone would ask a peer for all that a pattern finds, again for each row of a FILTER
EXISTS, and under SILENT would take half an answer for a whole one. Here each SERVICE becomes the
rows that its peer gave, as VALUES, and where few rows stand beside it, only what joins with them is
asked for. SPARQL 1.1 Federated Query is at <https://www.w3.org/TR/sparql11-federated-query/>.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, NamedTuple, Protocol

import pyoxigraph as ox

from iprgraph.errors import PeerFailed, QueryRefused, Text
from iprgraph.namespaces import BASE, PREFIXES
from iprgraph.sparql.nodes import Element
from iprgraph.sparql.rewrite import variables
from iprgraph.sparql.service_calls import ServiceCall, service_calls, tied
from iprgraph.sparql.tokens import unescaped
from iprgraph.sparql.tree import Edits, Tree

#: Rows that stand beside a SERVICE are sent to its peer when they are no more than this …
MOST_BOUND = 10_000
#: … so many a request.
A_REQUEST = 500

_FORMATS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "application/xml": ox.QueryResultsFormat.XML,
}

Run = Callable[[str], Any]
Row = tuple[str, ...]
Names = tuple[str, ...]


class Peers(Protocol):
    """The endpoints that SERVICE may call."""

    def allows(self, url: str) -> bool:
        """Check whether an endpoint may be called."""
        ...

    def ask(self, url: str, query: str) -> tuple[str, bytes]:
        """Return a peer's whole answer with its media type; raises PeerFailed."""
        ...


class Filled(NamedTuple):
    """A query whose every SERVICE is a mark, what belongs there, and the peers that SILENT hides."""

    text: str
    rows: dict[str, str]
    silenced: tuple[str, ...]

    def put(self, text: str) -> str:
        """Put the rows in the places of their marks, in this query or in one made from it."""
        for mark, rows in self.rows.items():
            text = text.replace(mark, rows)
        return text


def fill(tree: Tree, peers: Peers | None, run: Run, base: str | None) -> Filled:
    """Ask the peer of every SERVICE of a query, in the order of the text.

    ``run`` evaluates a query over the dataset of the query. Raises SyntaxError, before any peer is
    troubled; QueryRefused for an endpoint that may not be called; PeerFailed where one fails and
    SILENT does not allow for it.
    """
    calls = service_calls(tree)
    for call in calls:
        _check(tree, call, peers)
    assert peers is not None
    ox.Store().query(_without_services(tree), base_iri=base, prefixes=PREFIXES)
    asking = _Asking(tree, run, base)
    silenced: list[str] = []
    for call in calls:
        url = _url(call)
        try:
            asking.ask(call, url, peers)
        except PeerFailed as error:
            if not call.silent:
                line, column = tree.place(call.pattern)
                where = Text("line {line}, column {column}", line=line, column=column)
                raise PeerFailed(url, error.reason, error.how, where) from None
            silenced.append(url)
            # One solution that binds nothing (section 2.3).
            asking.given[call.pattern] = (), "()"
    edits, rows = Edits(tree), {}
    for number, call in enumerate(calls):
        names, given = asking.given[call.pattern]
        mark = f"(<urn:x-iprgraph:{asking.nonce}:{number}>)"
        rows[mark] = given
        edits.replace(call.pattern, _group(names, mark))
    return Filled(edits.text(), rows, tuple(dict.fromkeys(silenced)))


def _without_services(tree: Tree) -> str:
    """Put MINUS, which may stand where SERVICE may, for each: all else keeps its place."""
    edits = Edits(tree)
    for pattern in tree.find("ServiceGraphPattern"):
        service, *rest, _ = pattern.children
        edits.replace(service, "MINUS  ")
        for element in rest:
            edits.replace(element, " " * (element.end - element.start))
    return edits.text()


def _url(call: ServiceCall) -> str:
    return unescaped(call.endpoint.text[1:-1])


def _check(tree: Tree, call: ServiceCall, peers: Peers | None) -> None:
    endpoint = call.endpoint
    if endpoint.kind != "iri":
        told = Text("SERVICE must name its endpoint in full, as <https://…>")
    elif peers is None or not peers.allows(_url(call)):
        told = Text(
            "SERVICE {url} is not allowed here; the server's operator can allow it with "
            "--allow-service {address}",
            url=endpoint.text,
            address=endpoint.text[1:-1],
        )
    else:
        return
    line, column = tree.place(endpoint)
    place = Text("line {line}, column {column}: {told}", line=line, column=column, told=told)
    raise QueryRefused(place, forbidden=True)


class _Asking:
    """One query on its way to its peers; ``given`` are the variables and rows of each SERVICE so far."""

    def __init__(self, tree: Tree, run: Run, base: str | None) -> None:
        self._tree = tree
        self._run = run
        self._base = base
        self.nonce = secrets.token_hex(6)
        self.given: dict[Element, tuple[Names, str]] = {}

    def ask(self, call: ServiceCall, url: str, peers: Peers) -> None:
        """Keep what a peer finds for a SERVICE; raises PeerFailed."""
        pattern = self._tree.text_of(call.group)
        mine = variables(call.group)
        head = self._head(call.group)
        bound = self._bound(call)
        if bound is None:
            sent = [f"{head}SELECT * WHERE {pattern}"]
        else:
            names, rows = bound
            parts = (rows[i : i + A_REQUEST] for i in range(0, len(rows), A_REQUEST))
            sent = [
                f"{head}SELECT * WHERE {{ {_values(names, _written(part))} {pattern} }}"
                for part in parts
            ]
        columns: dict[str, None] = {}
        solutions: list[dict[str, str]] = []
        for query in sent:
            answer = _solutions(url, *peers.ask(url, query))
            for name in (variable.value for variable in answer.variables):
                if name in mine:
                    columns[name] = None
            solutions += self._read(url, answer, call.sure)
        names = tuple(columns) if sent else tuple(mine)
        lines = (tuple(row.get(name, "UNDEF") for name in names) for row in solutions)
        self.given[call.pattern] = names, _written(lines)

    def _read(
        self, url: str, answer: ox.QuerySolutions, sure: frozenset[str]
    ) -> Iterable[dict[str, str]]:
        names = [variable.value for variable in answer.variables]
        try:
            for solution in answer:
                row = {
                    name: self._term(url, term)
                    for name, term in zip(names, solution, strict=True)
                    if term is not None
                }
                if missing := sorted(sure - row.keys()):
                    raise PeerFailed(
                        url,
                        "malformed",
                        Text("has a solution without ?{name}, which is asked for", name=missing[0]),
                    )
                yield row
        except SyntaxError as error:
            raise PeerFailed(
                url, "malformed", Text("sends a malformed result: {told}", told=Text.of(error))
            ) from None

    def _term(self, url: str, term: object) -> str:
        if isinstance(term, ox.BlankNode):
            # RDF 1.1, section 3.5: an IRI that nobody else uses stands for the blank node.
            return f"<{BASE}.well-known/genid/{self.nonce}-{len(self.given)}-{term.value}>"
        if isinstance(term, ox.NamedNode | ox.Literal):
            return str(term)
        raise PeerFailed(url, "malformed", "sends a triple term, which is not taken here")

    def _bound(self, call: ServiceCall) -> tuple[Names, list[Row]] | None:
        """Find the fewest rows beside a SERVICE that its solutions must join with, if few they are.

        Blank nodes are not among them: a peer has others.
        """
        best: tuple[Names, list[Row]] | None = None
        for heap in tied(call.beside):
            inside = dict.fromkeys(name for part in heap for name in variables(part))
            names = tuple(name for name in inside if name in call.sure)
            if names:
                rows = self._rows(heap, names)
                if rows is not None and (best is None or len(rows) < len(best[1])):
                    best = names, rows
        return best

    def _rows(self, heap: Iterable[Element], names: Names) -> list[Row] | None:
        """Evaluate parts by themselves; None when there are too many rows, or an open one."""
        members = " . ".join(
            _group(*self.given[part]) if part in self.given else self._tree.text_of(part)
            for part in heap
        )
        chosen = " ".join(f"?{name}" for name in names)
        query = (
            f"{self._tree.prologue}SELECT DISTINCT {chosen} {{ {members} }} LIMIT {MOST_BOUND + 1}"
        )
        try:
            rows = [tuple(row) for row in islice(self._run(query), MOST_BOUND + 1)]
        except (SyntaxError, RuntimeError):
            return None
        if len(rows) > MOST_BOUND or any(term is None for row in rows for term in row):
            return None
        return [
            tuple(map(str, row))
            for row in rows
            if not any(isinstance(term, ox.BlankNode) for term in row)
        ]

    def _head(self, group: Element) -> str:
        """Write what a pattern needs before it: the query's own declarations, and known prefixes."""
        base = f"BASE <{self._base}>\n" if self._base else ""
        return base + self._tree.missing_declarations(group) + self._tree.prologue


def _written(rows: Iterable[Row]) -> str:
    return " ".join(f"({' '.join(row)})" for row in rows)


def _values(names: Names, rows: str) -> str:
    return f"VALUES ({' '.join(f'?{name}' for name in names)}) {{ {rows} }}"


def _group(names: Names, rows: str) -> str:
    """Write rows as a subquery: what the engine joins by their terms, where VALUES take pair by pair."""
    chosen = " ".join(f"?{name}" for name in names)
    values = _values(names, rows)
    return f"{{ SELECT {chosen} {{ {values} }} }}" if names else values


def _solutions(url: str, media_type: str, body: bytes) -> ox.QuerySolutions:
    form = _FORMATS.get(media_type.partition(";")[0].strip().lower())
    if form is None:
        said = Text("in {type}", type=media_type) if media_type else "without a content type"
        raise PeerFailed(
            url, "media-type", Text("answers {how}, not with a SPARQL result", how=Text.of(said))
        )
    try:
        answer = ox.parse_query_results(body, format=form)
    except SyntaxError as error:
        raise PeerFailed(
            url, "malformed", Text("sends a malformed result: {told}", told=Text.of(error))
        ) from None
    if not isinstance(answer, ox.QuerySolutions):
        raise PeerFailed(url, "malformed", "answers true or false to a SELECT")
    return answer
