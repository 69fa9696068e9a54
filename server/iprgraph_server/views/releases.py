"""Releases in time: their list, each by its own address, what changed between two, and TimeMaps."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as Redirect

from iprgraph.errors import Text
from iprgraph.release.release import Release
from iprgraph.versions.diff import Diff, diff, diff_text
from iprgraph_server.http.formats import DIFFERENCES, HTML, JSON, PATCH, TEXT
from iprgraph_server.http.problems import NotFound
from iprgraph_server.http.public_address import site_root
from iprgraph_server.i18n.formatting import date
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import memento, memento_headers, release_files
from iprgraph_server.linked_data.memento import LINK_FORMAT
from iprgraph_server.linked_data.responses import link, pick
from iprgraph_server.models.labels import Names
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.presentation.wording import Wording

views = Blueprint("releases", __name__)

#: How many claims of each kind a page of changes shows; the other formats have all.
CLAIMS_SHOWN = 200


@views.get("/releases/")
@described(
    "releases",
    HTML,
    JSON,
    schema="Releases",
    formats=(JSON, HTML),
    query=("lang",),
    refusals=(404, 406),
)
def index() -> Response:
    """List all releases, the newest first."""
    archive = page_context().require_archive()
    form = pick(request, (HTML, JSON), "the list of releases")
    newest_first = list(reversed(archive.timeline.releases))
    if form is JSON:
        return _varied(jsonify(releases=[_summary(release) for release in newest_first]))
    pairs = list(zip(newest_first, [*newest_first[1:], None], strict=True))
    day = {release.id: _day(release) for release in newest_first}
    return _varied(pages.page("releases.html", pairs=pairs, served=archive.served, day=day))


@views.get("/releases/<release_id>/")
@described(
    "releases",
    HTML,
    JSON,
    schema="Release",
    formats=(JSON, HTML),
    query=("lang",),
    refusals=(404, 406),
)
def one(release_id: str) -> Response:
    """Show a release: what it holds, what changed, how to ask and cite it."""
    archive = page_context().require_archive()
    release = archive.find(release_id)
    form = pick(request, (HTML, JSON), "this release")
    around = archive.timeline.around(release)
    if form is JSON:
        files_json = {
            name: file | {"url": url_for("downloads.kept", release_id=release.id, name=name)}
            for name, file in release.manifest["files"].items()
        }
        return _varied(jsonify(**_summary(release), files=files_json))
    files = [
        release_files.find(release, name)
        for name in (*release.manifest["files"], *release_files.UNLISTED)
    ]
    return link(
        _varied(
            pages.page(
                "release.html",
                shown_release=release,
                served=archive.served,
                around=around,
                files=[file for file in files if file],
                issued=_day(release),
            )
        ),
        (url_for("downloads.kept", release_id=release.id, name="void.ttl"), {"rel": "describedby"}),
    )


@views.get("/releases/<release_id>/sparql")
@described("releases", redirect=307)
def sparql(release_id: str) -> Redirect:
    """Redirect to the endpoint, with the release named."""
    release = page_context().require_archive().find(release_id)
    query = request.query_string.decode("latin-1")
    return redirect(
        site_root(request.environ) + memento.memento_path(release, "/sparql", query), 307
    )


@views.get("/releases/<old>/diff/<new>")
@described(
    "releases",
    *DIFFERENCES,
    schema="Difference",
    formats=DIFFERENCES,
    query=("lang",),
    refusals=(404, 406),
)
def difference(old: str, new: str) -> Response:
    """Show what changed from one release to another: as a page, text, JSON or RDF Patch."""
    archive = page_context().require_archive()
    pair = archive.find(old), archive.find(new)
    form = pick(request, DIFFERENCES, "this difference")
    change = _diff(*pair)
    language = choose(request)
    if form is PATCH:
        response = Response(change.patch.write(old, new), content_type=PATCH.content_type)
        name = f"iprgraph-{old}-{new}.rdfp"
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    elif form is JSON:
        response = jsonify(change.as_json())
    elif form is TEXT:
        response = Response(diff_text(change, language) + "\n", content_type=TEXT.content_type)
    else:
        words = Wording(language, Names(change.names))
        days = _day(pair[0]), _day(pair[1])
        response = pages.page("diff.html", w=words, diff=change, days=days, most=CLAIMS_SHOWN)
    response.headers["Cache-Control"] = memento.IMMUTABLE
    here = url_for("releases.difference", old=old, new=new)
    return link(
        _varied(response),
        *(
            (f"{here}?format={other.name}", {"rel": "alternate", "type": other.media_type})
            for other in DIFFERENCES
            if other is not form
        ),
    )


@views.get("/releases/<release_id>/<path:_rest>")
def nothing(release_id: str, _rest: str) -> Response:
    """Refuse what a release does not have, or a release that is unknown."""
    release = page_context().require_archive().find(release_id)
    raise NotFound(Text("Release {id} has nothing at {path}.", id=release.id, path=request.path))


@views.get("/timemap/<any(link, json):form>/<path:original>")
@described("releases", JSON, LINK_FORMAT, schema="TimeMap")
def timemap(form: str, original: str) -> Response:
    """List the mementos of an address."""
    path = memento_headers.path().removeprefix(f"/timemap/{form}")
    if not memento.is_dated(path):
        raise NotFound(Text("There are no older states of /{path}.", path=original))
    arguments = (
        memento_headers.base(),
        page_context().require_archive().timeline,
        path,
        memento_headers.query(),
    )
    if form == "json":
        return jsonify(memento.json_timemap(*arguments))
    return Response(memento.link_timemap(*arguments), content_type=memento.LINK_FORMAT)


@lru_cache(maxsize=8)
def _diff(old: Release, new: Release) -> Diff:
    """Return what changed between two releases; cached, since releases never change."""
    return diff(old, new)


def _day(release: Release) -> str:
    return date(release.manifest["issued"], choose(request))


def _varied(response: Response) -> Response:
    response.vary.add("Accept")
    return response


def _summary(release: Release) -> dict[str, Any]:
    """Return a release as values for JSON."""
    archive = page_context().require_archive()
    manifest = release.manifest
    before = archive.timeline.around(release).previous
    return {
        "id": release.id,
        "version": manifest["version"],
        "issued": manifest["issued"],
        "title": manifest["title"],
        "dataset_hash": manifest["dataset_hash"],
        "counts": release.counts,
        "current": release.id == archive.served.id,
        "url": url_for("releases.one", release_id=release.id),
        "sparql": site_root(request.environ) + memento.memento_path(release, "/sparql"),
        "diff": before and url_for("releases.difference", old=before.id, new=release.id),
    }
