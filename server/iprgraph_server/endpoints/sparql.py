"""Answer `/sparql`: queries and updates by the SPARQL 1.1 Protocol.

The protocol is at <https://www.w3.org/TR/sparql11-protocol/>. Its dataset parameters, once given,
replace FROM and FROM NAMED (section 2.1.4).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol

from iprgraph.errors import Text
from iprgraph.namespaces import BASE
from iprgraph.sparql.guard import form_of
from iprgraph_server.endpoints import results_html
from iprgraph_server.endpoints.citations import link_citation
from iprgraph_server.endpoints.parameters import (
    FORM,
    QUERY,
    UPDATE,
    SparqlRequest,
    choose_format,
    graphs_of,
    is_dated,
    is_volatile,
    request_by_body,
    request_by_url,
)
from iprgraph_server.endpoints.service_description import Description
from iprgraph_server.endpoints.write_result import account
from iprgraph_server.graph_host.release_pool import never_changes
from iprgraph_server.http.authorization import Access
from iprgraph_server.http.compression import choose, compress
from iprgraph_server.http.formats import GRAPHS, HTML, RESULTS, Format
from iprgraph_server.http.headers import REVALIDATED, VARY, entity_tag, type_headers, vary_headers
from iprgraph_server.http.messages import (
    Answer,
    BodyReader,
    Params,
    Request,
    flag,
    matches,
    single,
)
from iprgraph_server.http.offload import aside
from iprgraph_server.http.problems import (
    BadRequest,
    MethodNotAllowed,
    UnsupportedMediaType,
)
from iprgraph_server.pool.answer_cache import CachedAnswer
from iprgraph_server.pool.dataset import Dataset
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Query, Update

#: What an answer is kept under.
Key = tuple[str | bytes, ...]

METHODS = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")

#: Every answer is an original resource in the sense of Memento, and its own TimeGate.
ORIGINAL = ("link", '<>; rel="original timegate"')


def key_of(request: Request) -> Key:
    """Return the key of the answer to a GET; its links and its page begin with the site's root."""
    return request.query_string, request.accept, request.encoding, request.root


#: What a format is chosen for, by the form of the query.
_ANSWERS = {
    form: Text("the answer to {form}", form=form)
    for form in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
}


class OlderReleases(Protocol):
    """What answers for the releases beside the one that is served."""

    async def ask(
        self, name: str | None, request: Request, sparql: SparqlRequest, key: Key
    ) -> Answer:
        """Answer a query on the release named, or else on that of Accept-Datetime."""
        ...

    def bare(self, name: str, request: Request) -> Answer:
        """Describe the endpoint of a release."""
        ...

    def gate(self, request: Request) -> Answer:
        """Redirect to what the release of Accept-Datetime answers."""
        ...


class SparqlEndpoint:
    """Answer the requests to `/sparql`."""

    def __init__(
        self,
        settings: Settings,
        dataset: Dataset,
        access: Access,
        bodies: BodyReader,
        description: Description,
        past: OlderReleases | None = None,
    ) -> None:
        self._settings = settings
        self._dataset = dataset
        self._access = access
        self._bodies = bodies
        self._description = description
        #: Answers for the releases beside this one.
        self._past = past

    async def answer(self, request: Request) -> Answer:
        """Answer a request; raises an errors.Problem."""
        if request.method in {"GET", "HEAD"}:
            params = request.params()
            if self._past and is_dated(request) and "release" not in params:
                return self._past.gate(request)
            if "query" not in params and "update" not in params:
                return self.bare(request)
            return await self._choose(request, request_by_url(params), key_of(request))
        if request.method in {"POST", "QUERY"}:
            return await self._body(request)
        raise MethodNotAllowed(request.method, METHODS)

    def bare(self, request: Request) -> Answer:
        """Answer a request without a query: lead browsers to the query page, describe it to others."""
        params = request.params()
        if params.keys() - {"format", "release"}:
            raise BadRequest("There is no query. Give it as query=…", parameter="query")
        release = single(params, "release")
        if self._past and release is not None:
            return self._past.bare(release, request)
        form = choose_format(request, params, GRAPHS, "the service description")
        if form is HTML:
            return Answer(303, [("location", f"{request.root}/query"), REVALIDATED, VARY])
        shown = self._description.write(request.url, form)
        return Answer(200, [*type_headers(form), REVALIDATED, VARY], shown)

    async def _body(self, request: Request) -> Answer:
        """Answer a request whose body holds the query or the update."""
        media_type = request.content_type()
        understood = (FORM, QUERY, UPDATE) if request.method == "POST" else (FORM, QUERY)
        if media_type not in understood:
            raise UnsupportedMediaType(media_type, understood)
        if media_type == UPDATE:
            self._access.check(request)
        body = await self._bodies.read(request, self._settings.request_bytes)
        key = (media_type, body, *key_of(request))
        found = None if is_dated(request) else self._dataset.cached(key)
        if found is not None:
            return Answer(200, found.headers, found.body, "cached")
        asked = await aside(len(body), request_by_body, request.params(), media_type, body)
        if not asked.is_update:
            return await self._choose(request, asked, key)
        if request.method == "QUERY":
            raise BadRequest("An update is sent by POST.", parameter="update")
        return await self._update(request, asked)

    async def _choose(self, request: Request, asked: SparqlRequest, key: Key) -> Answer:
        """Answer a query on the dataset that is served, or on the release that is asked for."""
        release = single(asked.params, "release")
        if self._past and (release is not None or is_dated(request)):
            return await self._past.ask(release, request, asked, key)
        return await self.query(request, asked, key)

    async def query(self, request: Request, asked: SparqlRequest, key: Key) -> Answer:
        """Answer a query on this endpoint's own dataset; raises an errors.Problem."""
        params = asked.params
        default_graphs, named_graphs = graphs_of(params, "default-graph-uri", "named-graph-uri")
        kind, form = await aside(len(asked.text), self._form, request, asked)
        fixed = not is_volatile(asked.text)
        coding = choose(request.encoding)
        infer = flag(params, "infer", default=True)
        # Only a page is in a language, and it links to itself.
        reader = request.reader() if form is HTML else None
        spoken = reader.language if reader else ""
        asks = asked.text, default_graphs, named_graphs, form.name, coding, infer
        identity = (*asks, *(reader or ()))
        state = self._dataset.state
        if fixed and "HTTP_IF_NONE_MATCH" in request.environ and request.is_read:
            etag = entity_tag(state, identity)
            if matches(request.environ["HTTP_IF_NONE_MATCH"], etag):
                return Answer(
                    304, [("etag", etag), REVALIDATED, *vary_headers(spoken)], b"", "not-modified"
                )
        if spoken:
            # The key is that of the words asked, which get another answer in each language.
            key = (*key, spoken)
            if (found := self._dataset.cached(key)) is not None:
                return Answer(200, found.headers, found.body, "cached")
        written = form.name if form is not HTML else "ntriples" if kind is GRAPHS else "tsv"
        timeout = self._timeout(params)
        job = Query(asked.text, default_graphs, named_graphs, written, timeout, BASE, infer)
        done = await self._dataset.run(job, request.id)
        shown = done.body
        if reader:
            described = done.facts["form"], asked.text, reader
            shown = await aside(len(shown), results_html.write, shown, *described)
        body, coding = await aside(len(shown) if coding else 0, compress, shown, coding)
        headers = [*type_headers(form), *vary_headers(spoken), *self._told(coding, done.facts)]
        if not fixed:
            return Answer(200, [*headers, ("cache-control", "no-store")], body)
        state = self._dataset.state_of(done)
        etag = entity_tag(state, identity)
        if done.facts["generation"] == 0:
            # What a body adds is not in the address.
            in_address = request.query_string if request.is_read else ""
            headers = link_citation(
                headers, request.root, self._dataset.release_id, job, in_address
            )
        headers += [REVALIDATED, ("etag", etag)]
        self._dataset.keep(key, CachedAnswer(headers, body, etag), state)
        return Answer(200, headers, body)

    def _told(self, coding: str | None, facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Return the headers that say what was done to the answer."""
        if self._past:
            yield ORIGINAL
        if coding:
            yield "content-encoding", coding
        if facts.get("cut"):
            yield "x-description-cut", str(self._settings.describe_triples)
        if facts.get("silenced"):
            yield "x-service-silenced", ", ".join(facts["silenced"])

    async def _update(self, request: Request, asked: SparqlRequest) -> Answer:
        self._access.check(request)
        if (release := single(asked.params, "release")) is not None:
            raise never_changes(release)
        using, using_named = graphs_of(asked.params, "using-graph-uri", "using-named-graph-uri")
        timeout = self._timeout(asked.params)
        dry_run = flag(asked.params, "dry-run")
        job = Update(asked.text, using, using_named, timeout, BASE, dry_run)
        done = await self._dataset.run(job, request.id)
        return account(done, job)

    def _form(self, request: Request, asked: SparqlRequest) -> tuple[tuple[Format, ...], Format]:
        """Choose the format by the form of the query."""
        form = form_of(asked.text) if len(asked.text) <= self._settings.query_chars else ""
        if not form:
            # What is no query gets its error from the pool, whatever format was asked for.
            return RESULTS, RESULTS[0]
        kind = GRAPHS if form in {"CONSTRUCT", "DESCRIBE"} else RESULTS
        return kind, choose_format(request, asked.params, kind, _ANSWERS[form])

    def _timeout(self, params: Params) -> float | None:
        """Read `timeout=`: seconds, at most the setting's."""
        given = single(params, "timeout")
        if given is None:
            return None
        try:
            seconds = float(given)
        except ValueError:
            seconds = math.nan
        if not seconds > 0:
            raise BadRequest(
                Text("timeout: {value} is not a number of seconds above 0.", value=repr(given)),
                parameter="timeout",
            )
        return min(seconds, self._settings.timeout)
