"""Answer `/graph-store`: the SPARQL 1.1 Graph Store HTTP Protocol.

The protocol is at <https://www.w3.org/TR/sparql11-http-rdf-update/>. A graph is named by
`?graph=IRI`, by `?default`, or directly: an address below `/graph-store/` is a graph's IRI.
The default graph here is the store's own, which updates see, not the union that queries see.
"""

from __future__ import annotations

import io
import uuid
from urllib.parse import urljoin

import pyoxigraph as ox
from werkzeug.formparser import MultiPartParser

from iprgraph.errors import Text
from iprgraph_server.endpoints import results_html
from iprgraph_server.endpoints.parameters import choose_format
from iprgraph_server.endpoints.write_result import account
from iprgraph_server.errors import QuerySyntax
from iprgraph_server.http.authorization import Access
from iprgraph_server.http.compression import choose, compress
from iprgraph_server.http.formats import GRAPHS, HTML, UPLOADS, Format
from iprgraph_server.http.headers import REVALIDATED, entity_tag, type_headers, vary_headers
from iprgraph_server.http.messages import (
    IRI,
    Answer,
    BodyReader,
    Params,
    Request,
    flag,
    matches,
    single,
)
from iprgraph_server.http.negotiation import split_parameters
from iprgraph_server.http.offload import aside
from iprgraph_server.http.problems import BadRequest, MethodNotAllowed, UnsupportedMediaType
from iprgraph_server.pool.dataset import Dataset
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import GraphRead, GraphWrite

ROOT = "/graph-store"
MULTIPART = "multipart/form-data"

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")
_READS = {"GET", "HEAD"}
_WRITES = {"PUT", "POST", "DELETE"}


class GraphStore:
    """Answer the requests to `/graph-store` and below."""

    def __init__(
        self, settings: Settings, dataset: Dataset, access: Access, bodies: BodyReader
    ) -> None:
        self._settings = settings
        self._dataset = dataset
        self._access = access
        self._bodies = bodies

    async def answer(self, request: Request) -> Answer:
        """Answer a request; raises an errors.Problem."""
        if request.method not in _READS | _WRITES:
            raise MethodNotAllowed(request.method, METHODS)
        params = request.params()
        if request.method in _READS:
            return await self._read(request, params, self._graph(request, params))
        self._access.check(request)
        if request.method == "DELETE":
            graph = self._graph(request, params)
            return await self._write(
                GraphWrite(graph, "DELETE", dry_run=flag(params, "dry-run")), request
            )
        if request.method == "POST" and _is_store(request) and not params.keys() - {"dry-run"}:
            return await self._create(request)
        return await self._upload(request, self._graph(request, params))

    def _graph(self, request: Request, params: Params) -> str | None:
        """Find the graph that a request is about; None is the default graph."""
        named, default = single(params, "graph"), single(params, "default")
        if not _is_store(request):
            if named is not None or default is not None:
                raise BadRequest(
                    Text(
                        "The graph is named both by address and by parameter. Use {root}?graph=IRI.",
                        root=ROOT,
                    )
                )
            if "\ufffd" in request.path or "%EF%BF%BD" in request.url:
                # What stands for bytes that are no UTF-8 would name another graph than was meant.
                raise BadRequest("The address is not UTF-8.")
            return request.url
        if named is not None and default is not None:
            raise BadRequest("Give either graph=IRI or default, not both.", parameter="graph")
        if named is None and default is None:
            raise BadRequest(
                Text(
                    "Name the graph: {root}?graph=IRI, {base}?default, or {store}/PATH.",
                    root=ROOT,
                    base=ROOT,
                    store=ROOT,
                ),
                parameter="graph",
            )
        if named is None:
            return None
        # A relative IRI is resolved against the address of the request (section 4.2).
        iri = named if IRI.match(named) else urljoin(request.url, named)
        if not named or not IRI.match(iri):
            raise BadRequest(
                Text("graph: {value} is not an IRI.", value=repr(named)), parameter="graph"
            )
        return iri

    async def _read(self, request: Request, params: Params, graph: str | None) -> Answer:
        form = choose_format(request, params, GRAPHS, "a graph")
        coding = choose(request.encoding)
        state = self._dataset.state
        reader = request.reader()
        spoken = reader.language if form is HTML else ""
        # A page links to itself.
        identity = ("graph", graph, form.name, coding, *(reader if spoken else ()))
        if "HTTP_IF_NONE_MATCH" in request.environ:
            etag = entity_tag(state, identity)
            if matches(request.environ["HTTP_IF_NONE_MATCH"], etag):
                return Answer(
                    304, [("etag", etag), REVALIDATED, *vary_headers(spoken)], b"", "not-modified"
                )
        job = GraphRead(graph, "ntriples" if form is HTML else form.name)
        done = await self._dataset.run(job, request.id)
        shown = done.body
        if form is HTML:
            shown = await aside(len(shown), results_html.triples, shown, "", reader)
        body, coding = await aside(len(shown) if coding else 0, compress, shown, coding)
        headers = [*type_headers(form), *vary_headers(spoken), REVALIDATED]
        headers.append(("etag", entity_tag(self._dataset.state_of(done), identity)))
        if coding:
            headers.append(("content-encoding", coding))
        return Answer(200, headers, body)

    async def _create(self, request: Request) -> Answer:
        """Store a new graph under an address of its own (section 5.5)."""
        address = f"{request.base}{ROOT}/{uuid.uuid4()}"
        return await self._upload(request, address, address)

    async def _upload(self, request: Request, graph: str | None, address: str = "") -> Answer:
        media_type = request.content_type()
        form = _format_of(media_type)
        is_multipart = media_type == MULTIPART and request.method == "POST"
        if form is None and not is_multipart:
            raise _unsupported(media_type)
        body = await self._bodies.read(request, self._settings.request_bytes)
        base = graph or f"{request.base}{ROOT}"
        if form is None:
            content_type = request.environ["CONTENT_TYPE"]
            body = await aside(len(body), _merge_parts, content_type, body, base)
        name = form.name if form else "ntriples"
        job = GraphWrite(
            graph, request.method, body, name, base, dry_run=flag(request.params(), "dry-run")
        )
        answer = await self._write(job, request)
        if answer.status == 201:
            asked = request.url if graph == request.url else f"{request.url}?{request.query_string}"
            answer.headers.append(("location", address or asked))
        return answer

    async def _write(self, job: GraphWrite, request: Request) -> Answer:
        return account(await self._dataset.run(job, request.id), job)


def _is_store(request: Request) -> bool:
    return request.path in {ROOT, f"{ROOT}/"}


def _format_of(media_type: str) -> Format | None:
    return next((form for form in UPLOADS if media_type in form.media_types), None)


def _unsupported(media_type: str) -> UnsupportedMediaType:
    return UnsupportedMediaType(media_type, [form.media_type for form in UPLOADS])


def _merge_parts(content_type: str, body: bytes, base: str) -> bytes:
    """Read the graphs in a multipart/form-data body and write their union as N-Triples.

    Each part has its own blank nodes, also where two parts give them the same label.
    """
    boundary = split_parameters(content_type)[1].get("boundary", "")
    try:
        _, files = MultiPartParser().parse(io.BytesIO(body), boundary.encode("latin-1"), len(body))
    except ValueError as error:
        raise BadRequest(
            Text("The body is not well-formed multipart/form-data: {told}.", told=Text.of(error))
        ) from None
    parts = [part for _, part in files.items(multi=True)]
    if not parts:
        raise BadRequest("The body has no part that is a file.")
    triples: list[ox.Triple] = []
    for part in parts:
        form = _format_of(part.mimetype)
        if form is None:
            raise _unsupported(part.mimetype)
        try:
            quads = ox.parse(
                part.stream.read(),
                format=ox.RdfFormat.from_media_type(form.media_type),
                base_iri=base,
                without_named_graphs=True,
                rename_blank_nodes=True,
            )
            triples.extend(quad.triple for quad in quads)
        except SyntaxError as error:
            raise QuerySyntax(
                Text("The part {name}: {told}", name=part.filename, told=Text.of(error.msg)),
                line=error.lineno,
                column=error.offset,
            ) from None
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
