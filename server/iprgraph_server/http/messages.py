"""Read a request and write an answer: the plain values between HTTP and the handlers."""

from __future__ import annotations

import asyncio
import re
from binascii import a2b_qp
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from iprgraph.errors import Text
from iprgraph_server.errors import Busy
from iprgraph_server.http.negotiation import split_parameters
from iprgraph_server.http.problems import BadRequest, TooLarge, TooSlow, UnsupportedMediaType
from iprgraph_server.http.public_address import site_root
from iprgraph_server.i18n.language import Reader, reader_of

Headers = list[tuple[str, str]]

#: Parameters: each name with its values, in their order.
Params = dict[str, list[str]]

#: The environ's key of the body, an asynchronous iterator of its parts: OSError means that it was
#: cut short.
BODY = "iprgraph.body"

#: Seconds in which a body must have come, and bytes that add a second to them.
BODY_SECONDS = 30
SLOWEST_BODY = 20_000

#: An absolute IRI that RDF accepts.
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*\Z")

_LONE_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\Z")


@dataclass(slots=True)
class Answer:
    """A complete answer: nothing is sent before all of it is known."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    #: What the log and the metrics call it: done, cached, not-modified, or a problem's name.
    outcome: str = "done"


class BodyReader:
    """Read bodies, a bounded number at the same time, each within its size and its time.

    Each may come to hold as many bytes as a request may have, for as long as its client takes to
    send them; requests without a body are answered all the same.
    """

    def __init__(self, count: int) -> None:
        self._free = count

    async def read(self, request: Request, limit: int) -> bytes:
        """Return the body; raises TooLarge, BadRequest when it was cut short, TooSlow, Busy."""
        length = request.environ.get("CONTENT_LENGTH")
        if length:
            if not (length.isascii() and length.isdigit()):
                raise BadRequest("Content-Length is not a number.")
            if int(length) > limit:
                raise _too_large(limit)
        elif "HTTP_TRANSFER_ENCODING" not in request.environ:
            return b""
        if self._free <= 0:
            raise Busy("Too many requests are still being sent. Try again in a moment.")
        self._free -= 1
        try:
            body = await _collect(request.environ[BODY], limit)
        finally:
            self._free += 1
        if length and len(body) < int(length):
            raise BadRequest(
                Text(
                    "The body ended after {count} of {length} bytes.",
                    count=len(body),
                    length=length,
                )
            )
        return body


class Request:
    """A request, as far as the handlers need it; parts are parsed when first asked for."""

    __slots__ = ("accept", "agent", "encoding", "environ", "id", "method", "path", "query_string")

    def __init__(self, environ: dict[str, Any], request_id: str) -> None:
        self.environ = environ
        self.id = request_id
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"]
        self.query_string: str = environ.get("QUERY_STRING", "")
        self.accept: str = environ.get("HTTP_ACCEPT", "")
        self.encoding: str = environ.get("HTTP_ACCEPT_ENCODING", "")
        self.agent: str = environ.get("HTTP_USER_AGENT", "")

    @property
    def root(self) -> str:
        """Return what stands before the path of every address: empty, or `/sub/path`."""
        return site_root(self.environ)

    @property
    def base(self) -> str:
        """Return the public address of the server: `http://localhost:8000`."""
        host = self.environ.get("HTTP_HOST", "")
        if not _HOST.match(host):
            host = f"{self.environ['SERVER_NAME']}:{self.environ['SERVER_PORT']}"
        return f"{self.environ['wsgi.url_scheme']}://{host}{self.root}"

    @property
    def url(self) -> str:
        """Return the address without the query, percent-encoded."""
        # WSGI hands the path on as bytes in Latin-1, decoded once.
        return self.base + quote(self.path.encode("latin-1"), safe="/:@!$&'()*+,;=~")

    @property
    def is_read(self) -> bool:
        """Check whether the method is GET or HEAD."""
        return self.method in {"GET", "HEAD"}

    def params(self) -> Params:
        """Parse the query string."""
        return parse_form(self.query_string.encode("latin-1"), "the query string")

    def language(self) -> str:
        """Return the language of what people read: `lang=` first, then what they prefer."""
        return self.reader().language

    def reader(self) -> Reader:
        """Return for whom the answer is written."""
        return reader_of(self.environ)

    def content_type(self) -> str:
        """Return the body's media type; raises UnsupportedMediaType unless its text is UTF-8."""
        if self.environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise UnsupportedMediaType(
                "", [Text("an uncompressed body")], "The body is compressed."
            )
        media_type, parameters = split_parameters(self.environ.get("CONTENT_TYPE", ""))
        charset = parameters.get("charset", "utf-8").lower()
        if charset not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType(
                charset,
                [f"{media_type}; charset=utf-8"],
                Text("The body is said to be {type}.", type=charset),
            )
        return media_type


def parse_form(data: bytes, where: str) -> Params:
    """Decode names and values of application/x-www-form-urlencoded, once; raises BadRequest."""
    params: Params = {}
    for part in data.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            params.setdefault(decode(unquote(name), where), []).append(
                decode(unquote(value), where)
            )
    return params


def unquote(data: bytes) -> bytes:
    """Decode percent-escapes; a percent sign that begins none stays as it is."""
    if b"%" not in data:
        return data
    if _LONE_PERCENT.search(data):
        return unquote_to_bytes(data)
    # Quoted-printable is the same but for its sign, and its decoder is a tenth of the time.
    return a2b_qp(data.replace(b"=", b"=3D").replace(b"%", b"="))


def decode(data: bytes, where: str) -> str:
    """Decode UTF-8; raises BadRequest that says where it is not."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(
            Text("{what} is not UTF-8 at byte {offset}.", what=Text.of(where), offset=error.start)
        ) from None


def single(params: Params, name: str) -> str | None:
    """Return the value of a parameter that may stand once; raises BadRequest when it is repeated."""
    values = params.get(name)
    if not values:
        return None
    if len(values) > 1:
        raise BadRequest(
            Text("{name} is given {count} times; give it once.", name=name, count=len(values)),
            parameter=name,
        )
    return values[0]


def flag(params: Params, name: str, *, default: bool = False) -> bool:
    """Return a parameter that is 1 or true, 0 or false; raises BadRequest."""
    value = single(params, name)
    if value is None:
        return default
    if value not in {"1", "true", "0", "false"}:
        raise BadRequest(
            Text("{name}: {value} is neither true nor false.", name=name, value=repr(value)),
            parameter=name,
        )
    return value in {"1", "true"}


def iris(params: Params, name: str) -> tuple[str, ...]:
    """Return the values of a parameter that names graphs; raises BadRequest unless all are IRIs."""
    values = params.get(name, ())
    for value in values:
        if not IRI.match(value):
            raise BadRequest(
                Text("{name}: {value} is not an absolute IRI.", name=name, value=repr(value)),
                parameter=name,
            )
    return tuple(values)


def matches(header: str, etag: str) -> bool:
    """Check whether If-None-Match names this entity tag."""
    return header == etag or any(
        tag.strip().removeprefix("W/") in {etag, "*"} for tag in header.split(",")
    )


async def _collect(parts: AsyncIterator[bytes], limit: int) -> bytes:
    """Return all parts of a body, none of which may be awaited for long."""
    collected, size = [], 0
    started = monotonic()
    try:
        while True:
            patience = started + BODY_SECONDS + size / SLOWEST_BODY - monotonic()
            async with asyncio.timeout(max(0.0, patience)):
                part = await anext(parts)
            collected.append(part)
            size += len(part)
            if size > limit:
                raise _too_large(limit)
    except StopAsyncIteration:
        return b"".join(collected)
    except TimeoutError:
        raise TooSlow(
            Text(
                "After {seconds} s only {count} bytes of the body had come.",
                seconds=f"{monotonic() - started:.0f}",
                count=size,
            )
        ) from None
    except OSError:
        raise BadRequest(Text("The body ended after {count} bytes.", count=size)) from None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        Text(
            "The body has more than {most} bytes, the most that is read. Send it in parts.",
            most=f"{limit:,}",
        ),
        limit=limit,
    )
