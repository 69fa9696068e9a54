"""The reconciliation service at `/reconcile`.

What takes time is done in threads, a few batches at once, so that the event loop goes on.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from iprgraph.errors import ReleaseError, Text, UsageError
from iprgraph.namespaces import to_curie
from iprgraph.rdf.query_results import Row, Select, parse_rows
from iprgraph.reconciliation.data_extension import extend
from iprgraph.reconciliation.manifest import manifest
from iprgraph.reconciliation.matching import match
from iprgraph.reconciliation.queries import (
    MOST_QUERIES,
    JsonPart,
    id_of,
    iri_of,
    parse_batch,
    parse_json,
)
from iprgraph.reconciliation.results import results
from iprgraph.reconciliation.suggest import Suggest, notable_types
from iprgraph.search.index import Index
from iprgraph.search.tokenise import LONGEST
from iprgraph_server.endpoints.preview import preview
from iprgraph_server.errors import Busy
from iprgraph_server.http.formats import HTML
from iprgraph_server.http.headers import DATA_POLICY, FRAME_POLICY
from iprgraph_server.http.messages import (
    Answer,
    BodyReader,
    Headers,
    Params,
    Request,
    parse_form,
    single,
)
from iprgraph_server.http.problems import BadRequest, Gone, NotFound, TooLarge, UnsupportedMediaType
from iprgraph_server.i18n.catalogue import term_names
from iprgraph_server.i18n.language import Reader
from iprgraph_server.pool.dataset import Dataset
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Query

if TYPE_CHECKING:
    from iprgraph.release.release import Release

ROOT = "/reconcile"
METHODS = ("GET", "HEAD", "POST", "OPTIONS")

#: Requests that are worked on at once, and that may wait for their turn.
_AT_ONCE = 2
_MOST_WAITING = 64
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_MOST_SUGGESTED = 100
_KINDS = ("entity", "property", "type")


class Reconciliation:
    """Answers to every address under `/reconcile`, from the index and the graph of a release."""

    def __init__(
        self,
        settings: Settings,
        release: Release,
        dataset: Dataset,
        bodies: BodyReader,
        threads: Executor,
    ) -> None:
        self._settings = settings
        self._release = release
        self._dataset = dataset
        self._bodies = bodies
        self._threads = threads
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def answer(self, request: Request) -> Answer:
        """Answer a request; raises an errors.Problem."""
        path = request.path.removeprefix(ROOT).strip("/")
        if path.split("/")[0] == "draft":
            raise Gone(
                Text("The draft version has been retired. Version 0.2 is at {root}.", root=ROOT)
            )
        body = b""
        if request.method == "POST":
            if request.content_type() != _FORM:
                raise UnsupportedMediaType(request.content_type(), [_FORM])
            body = await self._bodies.read(request, self._settings.request_bytes)
        if self._waiting >= _MOST_WAITING:
            raise Busy("Too many tables are being matched. Try again in a moment.")
        self._waiting += 1
        try:
            async with self._turns:
                loop = asyncio.get_running_loop()
                work = partial(self._work, loop, request, path, body)
                return await loop.run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _work(
        self, loop: asyncio.AbstractEventLoop, request: Request, path: str, body: bytes
    ) -> Answer:
        """Answer a request in a thread."""

        def select(query: str) -> list[Row]:
            job = self._dataset.run(Query(query, format="json"), request.id)
            return parse_rows(asyncio.run_coroutine_threadsafe(job, loop).result().body)

        params = request.params()
        language = request.language()
        try:
            names = self._release.names
            parsed = ReconciliationRequest(names, Suggest(names, _name_of), select, language)
            if request.method == "POST":
                return parsed.post(path, body)
            return parsed.get(path, params, request)
        except UsageError as error:
            raise BadRequest(Text("{told}.", told=Text.of(error))) from None
        except ReleaseError as error:
            raise NotFound(Text("{told}.", told=Text.of(error))) from None


@dataclass(frozen=True)
class ReconciliationRequest:
    """One request in one language, and what it is answered from."""

    index: Index
    suggest: Suggest
    select: Select
    language: str

    def post(self, path: str, body: bytes) -> Answer:
        """Answer a POST: a batch of queries, or of things to extend."""
        if not path:
            answer = self._batch(parse_form(body, "the form"))
            if answer is None:
                raise BadRequest("The form has neither queries nor extend.", parameter="queries")
            return answer
        raise NotFound(
            Text(
                "Nothing is posted to {path}. The manifest at {root} says where.",
                path=path or ROOT,
                root=ROOT,
            )
        )

    def get(self, path: str, params: Params, request: Request) -> Answer:
        """Answer a GET: the manifest, suggestions, previews, and batches too."""
        part, _, kind = path.partition("/")
        if not path:
            return self._batch(params) or self._json(
                manifest(f"{request.base}{ROOT}", self.suggest, self.language)
            )
        if part == "suggest" and kind in _KINDS:
            limit, offset = _page(params)
            complete = getattr(self.suggest, kind)
            prefix = (single(params, "prefix") or "")[:LONGEST]
            return self._json({"result": complete(prefix, self.language, limit, offset)})
        if path == "extend/propose":
            return self._proposed(params)
        if part == "flyout" and kind in _KINDS:
            flyout = self.suggest.flyout(kind, _id(params), self.language)
            if flyout:
                return self._json(flyout)
            raise NotFound(Text("There is no {kind} {id}.", kind=kind, id=_id(params)))
        if path in ("view", "preview"):
            return self._shown(path, _id(params), request.root)
        raise NotFound(
            Text(
                "There is nothing at {root}/{path}. The manifest at {manifest} says what is.",
                root=ROOT,
                path=path,
                manifest=ROOT,
            )
        )

    def _batch(self, params: Params) -> Answer | None:
        """Answer queries or a data extension; None where there is neither."""
        queries, extension = single(params, "queries"), single(params, "extend")
        if queries is not None:
            batch = parse_batch(_checked(parse_json(queries, "queries")))
            candidates = match(self.index, self.select, batch.values())
            return self._json(results(batch, candidates, self.suggest, self.language))
        if extension is not None:
            document = parse_json(extension, "extend")
            return self._json(extend(self.select, self.suggest, self.language, document))
        return None

    def _proposed(self, params: Params) -> Answer:
        type_, (limit, _) = single(params, "type") or "", _page(params)
        properties = self.suggest.proposed(type_, self.language, limit)
        return self._json({"properties": properties, "type": type_, "limit": limit})

    def _shown(self, path: str, identifier: str, root: str) -> Answer:
        """Answer with a redirect to a thing's page, or with a preview for a frame."""
        thing = self.index.get(iri_of(identifier))
        if thing is None:
            raise NotFound(Text("Nothing is known about {id}.", id=identifier))
        address = f"{root}/page/{quote(id_of(thing.iri))}"
        if path == "view":
            return Answer(303, [("location", address)])
        types = [self.suggest.term(name, self.language)["name"] for name in notable_types(thing)]
        body = preview(thing, types, address, Reader(self.language, root=root))
        policy = ("content-security-policy", FRAME_POLICY)
        return Answer(200, [("content-type", HTML.content_type), policy, *self._varied()], body)

    def _json(self, document: Any) -> Answer:
        headers = [("content-type", _JSON), ("content-security-policy", DATA_POLICY)]
        body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        return Answer(200, [*headers, *self._varied()], body)

    def _varied(self) -> Headers:
        return [("content-language", self.language), ("vary", "Accept-Language")]


def _checked(batch: JsonPart) -> JsonPart:
    """Return a batch; raises TooLarge for one with too many queries."""
    queries = batch.value
    if isinstance(queries, dict) and len(queries) > MOST_QUERIES:
        raise TooLarge(
            Text(
                "The batch has {count} queries; send {most} at most.",
                count=f"{len(queries):,}",
                most=f"{MOST_QUERIES:,}",
            ),
            limit=MOST_QUERIES,
        )
    return batch


def _page(params: Params) -> tuple[int, int]:
    """Return how many suggestions to give, and how many to skip (`cursor` in version 0.2)."""
    numbers = []
    for name, default in (("limit", 10), ("offset", 0), ("cursor", 0)):
        given = single(params, name)
        if given and not (given.isascii() and given.isdigit() and len(given) < 8):
            raise BadRequest(
                Text("{name}: {value} is not a number.", name=name, value=repr(given)),
                parameter=name,
            )
        numbers.append(int(given) if given else default)
    limit, offset, cursor = numbers
    return max(1, min(limit, _MOST_SUGGESTED)), offset or cursor


def _id(params: Params) -> str:
    identifier = single(params, "id")
    if not identifier:
        raise BadRequest("id is missing.", parameter="id")
    return identifier


def _name_of(iri: str, language: str) -> str:
    return term_names(to_curie(iri)).get(language, "")
