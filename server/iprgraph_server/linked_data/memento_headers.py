"""The Memento headers of pages: an app's addresses are originals, or one release's mementos."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, Response, request

from iprgraph.release.release import Release
from iprgraph.versions.timeline import issued
from iprgraph_server.http.public_address import site_root
from iprgraph_server.linked_data import memento

if TYPE_CHECKING:
    from iprgraph_server.graph_host.release_pool import ReleasePool


def install_originals(app: Flask, archive: ReleasePool) -> None:
    """Make every address of an app its own TimeGate."""

    @app.before_request
    def gate() -> Response | None:
        accept_datetime = request.headers.get("accept-datetime")
        if (
            accept_datetime is None
            or request.endpoint == "protocol"
            or request.method not in {"GET", "HEAD"}
            or not memento.is_dated(path())
        ):
            return None
        release = memento.release_at(archive.timeline, path(), accept_datetime)
        return Response(
            status=302,
            headers={
                "Location": request.script_root + memento.memento_path(release, path(), query())
            },
        )

    @app.after_request
    def date(response: Response) -> Response:
        # The endpoints date their own answers.
        if request.endpoint != "protocol" and memento.is_dated(path()):
            response.vary.add("Accept-Datetime")
            link(response, memento.original_links(base(), path(), query()))
        return response


def install_mementos(app: Flask, archive: ReleasePool, release: Release) -> None:
    """Make every address of an app a memento of one release, which never changes."""

    @app.after_request
    def date(response: Response) -> Response:
        if response.status_code < 400 and memento.is_dated(path()):
            date_memento(response, archive, release, path(), query())
            if response.status_code in {200, 206}:
                response.headers["Cache-Control"] = memento.IMMUTABLE
        return response


def date_memento(
    response: Response,
    archive: ReleasePool,
    release: Release,
    original: str,
    query_string: str = "",
) -> Response:
    """Add the headers of a memento to an answer."""
    response.headers["Memento-Datetime"] = memento.http_date(issued(release))
    link(response, memento.memento_links(base(), archive.timeline, release, original, query_string))
    return response


def link(response: Response, links: memento.Links) -> None:
    """Add to the Link header, in one field: some clients keep only the last of several."""
    before = response.headers.get("Link")
    written = memento.link_header(links)
    response.headers["Link"] = f"{before}, {written}" if before else written


def base() -> str:
    """Return the public address of the server."""
    return request.host_url.rstrip("/") + site_root(request.environ)


def path() -> str:
    """Return the requested path within the app, percent-encoded."""
    return quote(request.path, safe="/:@!$&'()*+,;=~")


def query() -> str:
    """Return the query string, percent-encoded as it came."""
    return request.query_string.decode("latin-1")
