"""Answer `/validate`: the SHACL report of a document that is not stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from iprgraph.errors import Text
from iprgraph.rdf.syntax import SYNTAXES
from iprgraph.shacl.report import ValidationResult
from iprgraph_server.endpoints.graph_store import MULTIPART
from iprgraph_server.endpoints.parameters import FORM, choose_format
from iprgraph_server.errors import pack
from iprgraph_server.http.formats import BY_SUFFIX, DOCUMENTS, HTML, JSON, REPORTS, TEXT, Format
from iprgraph_server.http.headers import type_headers
from iprgraph_server.http.messages import (
    Answer,
    BodyReader,
    Params,
    Request,
    flag,
    parse_form,
    single,
)
from iprgraph_server.http.negotiation import named, split_parameters
from iprgraph_server.http.offload import aside
from iprgraph_server.http.problems import BadRequest, UnsupportedMediaType
from iprgraph_server.i18n.language import Reader, translate
from iprgraph_server.linked_data.documents import write
from iprgraph_server.pool.dataset import Dataset
from iprgraph_server.presentation.templates import render
from iprgraph_server.settings import Settings
from iprgraph_server.workers.jobs import Validate

ROOT = "/validate"
METHODS = ("POST", "OPTIONS")

#: The parts of a form, each of which may come several times.
_PARTS = ("data", "shapes")
_MOST_PARTS = 200
#: What tools send with a file that they do not know.
_UNTOLD = {"", "application/octet-stream", "text/plain"}

#: What it is called (a packed text), its syntax, its bytes.
Document = tuple[dict[str, Any], str, bytes]


class Validation:
    """Answer the requests to `/validate`."""

    def __init__(self, settings: Settings, dataset: Dataset, bodies: BodyReader) -> None:
        self._settings = settings
        self._dataset = dataset
        self._bodies = bodies

    async def answer(self, request: Request) -> Answer:
        """Answer a request; raises an errors.Problem."""
        params = request.params()
        form = choose_format(request, params, REPORTS, "a report")
        reader = request.reader()
        media_type = request.content_type()
        body = await self._bodies.read(request, self._settings.request_bytes)
        found = await aside(len(body), _documents, request, media_type, body)
        with_graph = flag(params, "with-graph", default=not found["shapes"])
        base = f"{request.base}{ROOT}"
        job = Validate(tuple(found["data"]), tuple(found["shapes"]), with_graph, base)
        done = await self._dataset.run(job, request.id)
        shown = await aside(len(done.body), show, done.body, form, reader)
        headers = [*type_headers(form), ("cache-control", "no-store")]
        headers.append(("vary", "Accept, Accept-Language"))
        if form is TEXT or form is HTML:
            headers.append(("content-language", reader.language))
        return Answer(200, headers, shown)


def show(reply: bytes, form: Format, reader: Reader) -> bytes:
    """Write a worker's report in a format."""
    report: dict[str, Any] = json.loads(reply)
    graph = report.pop("graph")
    if form is JSON:
        return json.dumps(report, ensure_ascii=False).encode()
    if form is TEXT:
        return _text(report, reader.language)
    if form is HTML:
        return _page(report, reader)
    return write(list(ox.parse(graph, ox.RdfFormat.N_TRIPLES)), form)


def _documents(request: Request, media_type: str, body: bytes) -> dict[str, list[Document]]:
    """Return the documents in a body, by the part that they are."""
    found: dict[str, list[Document]] = {name: [] for name in _PARTS}
    if media_type == FORM:
        params = parse_form(body, "the form")
        for name in _PARTS:
            syntax = _named(params, f"{name}-format")
            found[name] += [
                (pack(Text("The part {name}", name=name)), syntax, text.encode())
                for text in params.pop(name, [])
            ]
        _refuse_others(params)
    elif media_type == MULTIPART:
        for part, document in _parts(request.environ["CONTENT_TYPE"], body):
            found[part].append(document)
    else:
        found["data"].append((pack(Text("The document")), _syntax_of(media_type), body))
    if not found["data"]:
        raise BadRequest("The form has no part `data`: the document to validate.", parameter="data")
    return found


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, Document]]:
    """Yield the parts of a multipart/form-data body, files and fields alike."""
    boundary = split_parameters(content_type)[1].get("boundary", "")
    decoder = MultipartDecoder(boundary.encode("latin-1"), len(body), max_parts=_MOST_PARTS)
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Field | File):
                file, content = (event.filename if isinstance(event, File) else ""), b""
                # A field of a form is as the form's fields elsewhere are: Turtle, unless it says.
                media_type = event.headers.get("content-type", "" if file else "text/turtle")
                media_type = split_parameters(media_type)[0]
                name = event.name or ""
                _refuse_others({name}.difference(_PARTS))
            elif isinstance(event, Data):
                content += event.data
                if not event.more_data:
                    syntax = _syntax_of(media_type, file)
                    called = Text("The part {name}", name=name)
                    if file:
                        called = Text("The part {name} ({file})", name=name, file=file)
                    yield name, (pack(called), syntax, content)
    except (ValueError, RequestEntityTooLarge) as error:
        raise BadRequest(
            Text("The body is not well-formed multipart/form-data: {told}.", told=Text.of(error))
        ) from None


def _syntax_of(media_type: str, file: str = "") -> str:
    """Return the syntax of a media type, else of a file's ending; raises UnsupportedMediaType."""
    form = next((form for form in DOCUMENTS if media_type in form.media_types), None)
    if form is None and media_type in _UNTOLD:
        form = BY_SUFFIX.get(file.rpartition(".")[2].lower())
    if form is None:
        raise UnsupportedMediaType(media_type, [form.media_type for form in DOCUMENTS])
    return form.name


def _named(params: Params, name: str) -> str:
    """Return the syntax that a field names; Turtle unless it is there."""
    given = single(params, name) or "turtle"
    params.pop(name, None)
    form = named(given, DOCUMENTS)
    if form is None:
        raise BadRequest(
            Text(
                "{name}: {value} is none of {listed}.",
                name=name,
                value=repr(given),
                listed=list(SYNTAXES),
            ),
            parameter=name,
        )
    return form.name


def _refuse_others(names: Iterable[str]) -> None:
    for name in names:
        raise BadRequest(
            Text("The form has a part {name}; there are `data` and `shapes`.", name=repr(name)),
            parameter=name,
        )


def _summary(report: dict[str, Any], language: str) -> str:
    if report["conforms"]:
        return str(translate("validate.conforms", language))
    counts = {name: report[name] for name in ("violations", "warnings", "infos")}
    return str(translate("validate.counts", language, **counts))


def _text(report: dict[str, Any], language: str) -> bytes:
    results = [_result(result).text(language) for result in report["results"]]
    return ("\n\n".join([_summary(report, language), *results]) + "\n").encode("utf-8", "replace")


def _page(report: dict[str, Any], reader: Reader) -> bytes:
    language = reader.language
    severities = {
        name: translate(f"severities.{name}", language) for name in ("Violation", "Warning", "Info")
    }
    results = map(_result, report["results"]) if report["results"] else ()
    return render(
        "validation.html",
        reader,
        summary=_summary(report, language),
        results=results,
        severities=severities,
    )


def _result(result: dict[str, Any]) -> ValidationResult:
    return ValidationResult(**{**result, "messages": tuple(result["messages"].items()), "file": ""})
