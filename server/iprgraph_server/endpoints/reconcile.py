"""The reconciliation service: `/reconcile` for version 0.2, `/reconcile/draft` for the draft.

What takes time is done in threads, a few batches at once, so that the event loop goes on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from iprgraph.errors import ReleaseError, UsageError
from iprgraph.rdf.query_results import Row, parse_rows
from iprgraph.reconciliation import manifest
from iprgraph.reconciliation.data_extension import extend
from iprgraph.reconciliation.matching import Candidate, match
from iprgraph.reconciliation.property_values import Select
from iprgraph.reconciliation.queries import (
    MOST_QUERIES,
    Asked,
    Place,
    batch,
    draft_batch,
    id_of,
    iri_of,
    parse,
)
from iprgraph.reconciliation.results import draft_results, results
from iprgraph.reconciliation.suggest import Suggest, notable
from iprgraph.search.index import Index
from iprgraph.search.tokenise import LONGEST
from iprgraph.search.vocabulary import compact
from iprgraph_server.endpoints.preview import preview
from iprgraph_server.errors import Busy
from iprgraph_server.http.formats import HTML
from iprgraph_server.http.headers import DATA_POLICY, FRAME_POLICY
from iprgraph_server.http.messages import (
    Answer,
    Headers,
    Params,
    Readers,
    Request,
    parse_form,
    single,
)
from iprgraph_server.http.problems import BadRequest, NotFound, TooLarge, UnsupportedMediaType
from iprgraph_server.i18n.catalogue import term_names
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
    """Answer every address under `/reconcile` from the index and the graph of a release."""

    def __init__(
        self,
        settings: Settings,
        release: Release,
        dataset: Dataset,
        readers: Readers,
        threads: Executor,
    ) -> None:
        self._settings = settings
        self._release = release
        self._dataset = dataset
        self._readers = readers
        self._threads = threads
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def answer(self, request: Request) -> Answer:
        """Answer a request; raises an errors.Problem."""
        path = request.path.removeprefix(ROOT).strip("/")
        is_draft = path.split("/")[0] == "draft"
        path = path.removeprefix("draft").strip("/") if is_draft else path
        body = b""
        if request.method == "POST":
            wanted = _JSON if is_draft else _FORM
            if request.content_type() != wanted:
                raise UnsupportedMediaType(request.content_type(), [wanted])
            body = await self._readers.read(request, self._settings.request_bytes)
        if self._waiting >= _MOST_WAITING:
            raise Busy("Too many tables are being matched. Try again in a moment.")
        self._waiting += 1
        try:
            async with self._turns:
                loop = asyncio.get_running_loop()
                work = partial(self._work, loop, request, is_draft, path, body)
                return await loop.run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _work(
        self,
        loop: asyncio.AbstractEventLoop,
        request: Request,
        is_draft: bool,
        path: str,
        body: bytes,
    ) -> Answer:
        """Do in a thread what a request asks for."""

        def select(query: str) -> list[Row]:
            job = self._dataset.run(Query(query, format="json"), request.id)
            return parse_rows(asyncio.run_coroutine_threadsafe(job, loop).result().body)

        params = request.params()
        language = request.language()
        try:
            names = self._release.names
            call = Call(names, Suggest(names, _name_of), select, language, is_draft)
            if request.method == "POST":
                return call.posted(path, body)
            return call.got(path, params, request.base)
        except UsageError as error:
            raise BadRequest(f"{error}.") from None
        except ReleaseError as error:
            raise NotFound(f"{error}.") from None


@dataclass(frozen=True)
class Call:
    """Answer one call in one language."""

    index: Index
    suggest: Suggest
    select: Select
    language: str
    is_draft: bool

    def posted(self, path: str, body: bytes) -> Answer:
        """Answer a POST: a batch of queries, or of things to extend."""
        if self.is_draft and path == "match":
            queries = draft_batch(_checked(parse(body, "the body"), "queries"))
            return self._json(draft_results(queries, self._match(queries), *self._spoken))
        if self.is_draft and path == "extend":
            return self._extended(parse(body, "the body"))
        if not self.is_draft and not path:
            found = self._asked(parse_form(body, "the form"))
            if found is None:
                raise BadRequest("The form has neither queries nor extend.", parameter="queries")
            return found
        raise NotFound(f"Nothing is posted to {path or ROOT}. The manifest at {ROOT} says where.")

    def got(self, path: str, params: Params, base: str) -> Answer:
        """Answer a GET: the manifest, suggestions, previews; in version 0.2 queries too."""
        part, _, kind = path.partition("/")
        if not path:
            found = None if self.is_draft else self._asked(params)
            return found or self._manifest(base)
        if part == "suggest" and kind in _KINDS:
            limit, offset = _page(params)
            complete = getattr(self.suggest, kind)
            prefix = (single(params, "prefix") or "")[:LONGEST]
            return self._json({"result": complete(prefix, self.language, limit, offset)})
        if path == "extend/propose":
            return self._proposed(params)
        if part == "flyout" and kind in _KINDS and not self.is_draft:
            told = self.suggest.flyout(kind, _id(params), self.language)
            if told:
                return self._json(told)
            raise NotFound(f"There is no {kind} {_id(params)}.")
        if path in ("view", "preview"):
            return self._shown(path, _id(params))
        raise NotFound(f"There is nothing at {ROOT}/{path}. The manifest at {ROOT} says what is.")

    def _asked(self, params: Params) -> Answer | None:
        """Answer queries or an extension in the form of version 0.2."""
        queries, extended = single(params, "queries"), single(params, "extend")
        if queries is not None:
            asked = batch(_checked(parse(queries, "queries"), ""))
            return self._json(results(asked, self._match(asked.values()), *self._spoken))
        if extended is not None:
            return self._extended(parse(extended, "extend"))
        return None

    @property
    def _spoken(self) -> tuple[Suggest, str]:
        return self.suggest, self.language

    def _match(self, queries: Iterable[Asked]) -> list[list[Candidate]]:
        return match(self.index, self.select, queries)

    def _extended(self, document: Place) -> Answer:
        return self._json(extend(self.select, *self._spoken, document, is_draft=self.is_draft))

    def _proposed(self, params: Params) -> Answer:
        type_, (limit, _) = single(params, "type") or "", _page(params)
        found = self.suggest.proposed(type_, self.language, limit)
        return self._json({"properties": found, "type": type_, "limit": limit})

    def _manifest(self, base: str) -> Answer:
        write = manifest.draft_manifest if self.is_draft else manifest.manifest
        root = f"{base}{ROOT}/draft" if self.is_draft else f"{base}{ROOT}"
        return self._json(write(root, *self._spoken))

    def _shown(self, path: str, identifier: str) -> Answer:
        """Show a thing: its page, or a preview for a frame in whoever's page."""
        thing = self.index.get(iri_of(identifier))
        if thing is None:
            raise NotFound(f"Nothing is known about {identifier}.")
        address = f"/page/{quote(id_of(thing.iri))}"
        if path == "view":
            return Answer(303, [("location", address)])
        types = [self.suggest.term(name, self.language)["name"] for name in notable(thing)]
        body = preview(thing, types, address, self.language)
        policy = ("content-security-policy", FRAME_POLICY)
        return Answer(200, [("content-type", HTML.content_type), policy, *self._varied()], body)

    def _json(self, document: Any) -> Answer:
        headers = [("content-type", _JSON), ("content-security-policy", DATA_POLICY)]
        body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        return Answer(200, [*headers, *self._varied()], body)

    def _varied(self) -> Headers:
        return [("content-language", self.language), ("vary", "Accept-Language")]


def _checked(document: Place, member: str) -> Place:
    """Refuse a batch with too many queries."""
    queries = document.at(member).value if member else document.value
    if isinstance(queries, dict | list) and len(queries) > MOST_QUERIES:
        raise TooLarge(
            f"The batch has {len(queries):,} queries; send {MOST_QUERIES:,} at most.",
            limit=MOST_QUERIES,
        )
    return document


def _page(params: Params) -> tuple[int, int]:
    """Read how many to give, and how many to skip (`cursor` in version 0.2)."""
    numbers = []
    for name, default in (("limit", 10), ("offset", 0), ("cursor", 0)):
        given = single(params, name)
        if given and not (given.isascii() and given.isdigit() and len(given) < 8):
            raise BadRequest(f"{name}: {given!r} is not a number.", parameter=name)
        numbers.append(int(given) if given else default)
    limit, offset, cursor = numbers
    return max(1, min(limit, _MOST_SUGGESTED)), offset or cursor


def _id(params: Params) -> str:
    found = single(params, "id")
    if not found:
        raise BadRequest("id is missing.", parameter="id")
    return found


def _name_of(iri: str, language: str) -> str:
    return term_names(compact(iri)).get(language, "")
