"""Serve the files of releases: streamed, resumable, compressed where the client accepts it, verifiable."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Request, Response
from werkzeug.datastructures import Range
from werkzeug.http import parse_range_header

from iprgraph.errors import Text
from iprgraph.release.minisign import KEY, SIGNATURE
from iprgraph.versions.timeline import issued
from iprgraph_server.http.negotiation import parse_codings
from iprgraph_server.http.problems import NotFound

#: Bytes read at a time: however big the file, a download holds no more in memory.
CHUNK = 256 * 1024

#: One range; several at once may be ignored (RFC 9110, 14.2), and are.
_ONE_RANGE = re.compile(r"bytes=(?:\d+-\d*|-\d+)$")

#: Files of a release that its manifest cannot list: itself and the list made after it.
UNLISTED = {
    "manifest.json": "application/json",
    "SHA256SUMS": "text/plain",
    SIGNATURE: "text/plain",
    KEY: "text/plain",
}

_IMMUTABLE = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300, must-revalidate"


@dataclass(frozen=True)
class ReleaseFile:
    """A file of a release, as its manifest lists it."""

    path: Path
    media_type: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return self.path.name

    @property
    def content_type(self) -> str:
        """Return the Content-Type header; text types declare UTF-8."""
        utf8 = self.media_type.startswith("text/") or self.media_type == "application/n-triples"
        return f"{self.media_type}; charset=utf-8" if utf8 else self.media_type


def find(release: Any, name: str) -> ReleaseFile | None:
    """Return a file of a release by its name, never by a path; None where there is none."""
    path = Path(release.dir) / name
    if name in UNLISTED:
        if not path.is_file():
            return None
        return _measured(path, UNLISTED[name], path.stat().st_mtime_ns)
    entry = release.manifest["files"].get(name)
    if entry is None or "/" in name:
        return None
    return ReleaseFile(path, entry["media_type"], entry["bytes"], entry["sha256"])


@lru_cache(maxsize=64)
def _measured(path: Path, media_type: str, _changed: int) -> ReleaseFile:
    content = path.read_bytes()
    return ReleaseFile(path, media_type, len(content), hashlib.sha256(content).hexdigest())


def size(count: int) -> str:
    """Return a number of bytes as text, with its unit."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.3g} {unit}" if amount < 100 else f"{amount:.0f} {unit}"


def send(release: Any, name: str, request: Request, immutable: bool) -> Response:
    """Answer with a file of a release: 200, 206, 304, 412 or 416; raises NotFound.

    A plain name is sent as its compressed twin, in the coding gzip, to whoever likes that; the two
    have different ETags, so that pieces of one are never joined to pieces of the other.
    """
    stored, twin = find(release, name), find(release, name + ".gz")
    if stored is None:
        raise NotFound(
            Text(
                "Release {id} has no file {name}. /downloads/ lists those it has.",
                id=release.id,
                name=name,
            )
        )
    chosen = twin if twin and _wants_gzip(request, twin) else stored
    response = Response(content_type=stored.content_type)
    response.headers["Cache-Control"] = _IMMUTABLE if immutable else _SHORT
    response.headers["Repr-Digest"] = f"sha-256=:{_base64(chosen.sha256)}:"
    response.headers["Accept-Ranges"] = "bytes"
    response.set_etag(chosen.sha256)
    response.last_modified = issued(release)
    if twin:
        response.vary.add("Accept-Encoding")
    if chosen is twin:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request.environ)
    if response.status_code != 200:
        return response
    start, length = 0, chosen.bytes
    byte_range = _range(request, response) if request.method == "GET" else None
    if byte_range:
        begin, end = byte_range.range_for_length(chosen.bytes) or (0, 0)
        if begin == end:
            response.status_code = 416
            response.headers["Content-Range"] = f"bytes */{chosen.bytes}"
            return response
        start, length = begin, end - begin
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{chosen.bytes}"
    response.content_length = length
    response.response = _pieces(chosen.path, start, length)
    return response


def _wants_gzip(request: Request, twin: ReleaseFile) -> bool:
    """Check whether to send the compressed twin under the plain name."""
    if "range" in request.headers:
        # A client that began with the twin continues with it; a new range is one of the plain bytes.
        return request.headers.get("if-range") == f'"{twin.sha256}"'
    codings = parse_codings(request.headers.get("accept-encoding", ""))
    gzip = codings.get("gzip", codings.get("*", 0.0))
    return gzip > 0 and gzip >= codings.get("identity", 0.0)


def _range(request: Request, response: Response) -> Range | None:
    """Return the requested range, unless the client has begun with other bytes than these."""
    condition = request.headers.get("if-range")
    if condition and condition not in (response.headers["ETag"], response.headers["Last-Modified"]):
        return None
    header = request.headers.get("range", "")
    return parse_range_header(header) if _ONE_RANGE.match(header.replace(" ", "")) else None


def _pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (piece := file.read(min(CHUNK, length))):
            length -= len(piece)
            yield piece


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()
