"""Date the answers of the pages: an app's addresses are originals, or one release's mementos."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, Response, request

from iprgraph.release.release import Release
from iprgraph.versions.timeline import issued
from iprgraph_server.linked_data import memento

if TYPE_CHECKING:
    from iprgraph_server.graph_host.release_pool import Archive


def install_originals(app: Flask, archive: Archive) -> None:
    """Have every address of an app be its own TimeGate."""

    @app.before_request
    def gate() -> Response | None:
        asked = request.headers.get("accept-datetime")
        if asked is None or request.method not in {"GET", "HEAD"} or not memento.is_dated(path()):
            return None
        release = memento.chosen(archive.timeline, path(), asked)
        return Response(
            status=302, headers={"Location": memento.memento_path(release, path(), query())}
        )

    @app.after_request
    def date(response: Response) -> Response:
        if memento.is_dated(path()):
            response.vary.add("Accept-Datetime")
            link(response, memento.original_links(base(), path(), query()))
        return response


def install_mementos(app: Flask, archive: Archive, release: Release) -> None:
    """Have every address of an app show one release, for ever."""

    @app.after_request
    def date(response: Response) -> Response:
        if response.status_code < 400 and memento.is_dated(path()):
            date_memento(response, archive, release, path(), query())
            if response.status_code in {200, 206}:
                response.headers["Cache-Control"] = memento.IMMUTABLE
        return response


def date_memento(
    response: Response, archive: Archive, release: Release, original: str, asked: str = ""
) -> Response:
    """Say of an answer which moment it shows, and where the others are."""
    response.headers["Memento-Datetime"] = memento.written(issued(release))
    link(response, memento.memento_links(base(), archive.timeline, release, original, asked))
    return response


def link(response: Response, links: memento.Links) -> None:
    """Add to the Link header, in one field: some clients keep only the last of several."""
    before = response.headers.get("Link")
    written = memento.link_header(links)
    response.headers["Link"] = f"{before}, {written}" if before else written


def base() -> str:
    """Give scheme and host of the request."""
    return request.host_url.rstrip("/")


def path() -> str:
    """Give the path asked for within the app, percent-encoded."""
    return quote(request.path, safe="/:@!$&'()*+,;=~")


def query() -> str:
    """Give the query string as it came."""
    return request.query_string.decode("latin-1")
