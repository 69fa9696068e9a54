"""What a client reads: a release on this machine, a file of RDF, or a server."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from iprgraph.errors import (
    IprGraphError,
    QueryRefused,
    QuerySyntaxError,
    ReleaseError,
    ResultTooLarge,
    ServerFailed,
    SyntaxProblem,
    UsageError,
)
from iprgraph.release.release import Release

if TYPE_CHECKING:
    import pyoxigraph as ox
    import rdflib

    from iprgraph.store.engine import Engine

_JSON = "application/sparql-results+json"
_TRIPLES = "application/n-triples"
#: Seconds to wait for a server, which has time limits of its own.
TIMEOUT = 120.0


class Source(Protocol):
    """A graph that answers queries and searches; all methods raise IprGraphError."""

    @property
    def release(self) -> str:
        """Return the name of the release that answers."""
        ...

    def ask(self, query: str, form: str, seconds: float | None = None) -> bytes:
        """Answer a query: results in JSON for SELECT and ASK, N-Triples for the other forms."""
        ...

    def search(
        self, text: str, type: str | None, language: str, limit: int, page: int
    ) -> dict[str, Any]:
        """Return the things found by name, as `/search` does."""
        ...

    def dataset(self) -> rdflib.Dataset:
        """Return the graph as an rdflib Dataset."""
        ...


class ReleaseFolder:
    """A release, loaded at the first query."""

    def __init__(self, release: Release) -> None:
        self._release = release

    @property
    def release(self) -> str:
        """Return the name of the release."""
        return self._release.id

    @cached_property
    def _engine(self) -> Engine:
        from iprgraph.store.engine import Engine

        return Engine.load(self._release.dir / "iprgraph.nq")

    def ask(self, query: str, form: str, seconds: float | None = None) -> bytes:
        """Answer a query; one with a time limit runs in a process of its own, which can be ended."""
        result_format = _result_format(form)
        if seconds is None:
            return self._engine.query(query, format=result_format).body
        command = [sys.executable, "-m", "iprgraph", "query", "-", "--format", result_format]
        command += ["--release", str(self._release.dir)]
        try:
            done = subprocess.run(  # noqa: S603
                command, input=query.encode(), capture_output=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            raise QueryRefused(
                f"the query had no answer within {seconds:g} s; narrow it, or count first"
            ) from None
        if done.returncode:
            message = done.stderr.decode("utf-8", "replace").strip()
            raise UsageError(message.removeprefix("iprgraph: ") or "the engine ended on this query")
        return done.stdout

    def search(
        self, text: str, type: str | None, language: str, limit: int, page: int
    ) -> dict[str, Any]:
        """Return the things found by name in the release's index."""
        from iprgraph.search.document import search_document
        from iprgraph.search.index import Index

        return search_document(Index(self._release.dir), text, type, language, limit, page)

    def dataset(self) -> rdflib.Dataset:
        """Return the release as a Dataset in memory."""
        import pyoxigraph as ox

        store = ox.Store()
        store.bulk_extend(self._release.quads())
        return _dataset(store)


class RdfFile:
    """A file of RDF, read into memory at the first query."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def release(self) -> str:
        """Return the name of the file."""
        return self._path.name

    @cached_property
    def _store(self) -> ox.Store:
        import pyoxigraph as ox

        form = ox.RdfFormat.from_extension(self._path.suffix[1:])
        if form is None:
            known = ".nq, .trig, .nt, .ttl, .jsonld, .rdf"
            raise UsageError(f"{self._path} is no kind of RDF that is read here: {known}")
        store = ox.Store()
        try:
            store.bulk_load(path=self._path, format=form)
        except SyntaxError as error:
            where = error.lineno or 1, error.offset or 1
            raise SyntaxProblem(str(self._path), *where, error.msg) from None
        if not form.supports_datasets:
            # A file of triples is one graph, and the default graph is the union of graphs.
            graph = ox.NamedNode(self._path.resolve().as_uri())
            store.extend([ox.Quad(q.subject, q.predicate, q.object, graph) for q in store])
            store.clear_graph(ox.DefaultGraph())
        return store

    @cached_property
    def _engine(self) -> Engine:
        from iprgraph.store.engine import Engine

        return Engine(self._store)

    def ask(self, query: str, form: str, seconds: float | None = None) -> bytes:  # noqa: ARG002
        """Answer a query; there is no time limit."""
        return self._engine.query(query, format=_result_format(form)).body

    def search(self, *_: object) -> NoReturn:
        """Raise ReleaseError: a file has no index."""
        raise ReleaseError(f"{self._path} has no search index; open a release, or a server")

    def dataset(self) -> rdflib.Dataset:
        """Return the graph in memory."""
        return _dataset(self._store)


class RemoteServer:
    """A running server, by its address."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    @cached_property
    def release(self) -> str:
        """Return the name of the release that is served."""
        return str(self._json("/health").get("release", ""))

    def ask(self, query: str, form: str, seconds: float | None = None) -> bytes:
        """Answer a query; the server ends one that takes more than so many seconds."""
        accept = _JSON if form in {"SELECT", "ASK"} else _TRIPLES
        params = f"?{urlencode({'timeout': f'{seconds:g}'})}" if seconds else ""
        return self._fetch(f"/sparql{params}", accept, query.encode())

    def search(
        self, text: str, type: str | None, language: str, limit: int, page: int
    ) -> dict[str, Any]:
        """Return the things found by name."""
        params = {"q": text, "type": type or "", "lang": language, "limit": limit, "page": page}
        return self._json(f"/search?{urlencode(params)}")

    def dataset(self) -> rdflib.Dataset:
        """Return a Dataset that queries the server for each pattern."""
        import rdflib
        from rdflib.plugins.stores.sparqlstore import SPARQLStore

        return rdflib.Dataset(SPARQLStore(f"{self._url}/sparql"), default_union=True)

    def _json(self, path: str) -> dict[str, Any]:
        body = self._fetch(path, "application/json")
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise ServerFailed(f"{self._url}{path} answers with something else than this JSON")
        return document

    def _fetch(self, path: str, accept: str, body: bytes | None = None) -> bytes:
        headers = {"accept": accept, "user-agent": "iprgraph"}
        if body is not None:
            headers["content-type"] = "application/sparql-query"
        request = Request(f"{self._url}{path}", body, headers)  # noqa: S310
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                received: bytes = answer.read()
                return received
        except HTTPError as error:
            raise self._error(error.code, error.read()) from None
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise ServerFailed(
                f"{self._url} cannot be reached ({reason}); is the server running, and is this "
                "the address of its start page?"
            ) from None

    def _error(self, status: int, body: bytes) -> IprGraphError:
        """Return the library's error for a problem that the server reports."""
        try:
            problem = json.loads(body)
            detail, name = str(problem["detail"]), str(problem["type"]).rpartition("/")[2]
        except (ValueError, KeyError, TypeError):
            return ServerFailed(f"{self._url} answers {status}; is it a server of this graph?")
        if name == "syntax":
            hint = problem.get("hint") or ""
            return QuerySyntaxError(detail, problem.get("line"), problem.get("column"), hint)
        if name == "refused":
            return QueryRefused(detail)
        if name == "result-too-large":
            return ResultTooLarge(detail)
        if status < 500:
            return UsageError(detail)
        return ServerFailed(f"{self._url} answers {status}: {detail}")


def _result_format(form: str) -> str:
    return "json" if form in {"SELECT", "ASK"} else "ntriples"


def open_source(where: str | Path) -> Source:
    """Return the source at an address or a path; raises UsageError, ReleaseError."""
    text = str(where)
    if urlsplit(text).scheme in {"http", "https"}:
        return RemoteServer(text)
    if "://" in text:
        raise UsageError(f"{text}: give an http or https address, a release folder, or a file")
    path = Path(where)
    if path.is_file():
        return RdfFile(path)
    if not path.exists():
        raise ReleaseError(f"there is nothing at {path}; `iprgraph build --out {path}` makes it")
    return ReleaseFolder(Release.open(path))


def _dataset(store: ox.Store) -> rdflib.Dataset:
    import rdflib
    from oxrdflib import OxigraphStore

    return rdflib.Dataset(OxigraphStore(store=store), default_union=True)
