"""Memento (RFC 7089): which release shows an address as it was, and the links that say so.

<https://www.rfc-editor.org/rfc/rfc7089>. Every address of the dataset is an original resource and
its own TimeGate; the same path under `/releases/ID/` is its memento, `/timemap/link/…` and
`/timemap/json/…` list them. Paths and query strings come and go percent-encoded.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from iprgraph.namespaces import GRAPH, ID, TYPES
from iprgraph.rdf.sorted_nquads import is_asserted
from iprgraph.release.release import Release
from iprgraph.versions.timeline import Timeline, at, issued
from iprgraph_server.http.problems import BadRequest, NotFound

LINK_FORMAT = "application/link-format"

#: Queries that are longer are not repeated in headers, link by link.
LONGEST_LINKED = 1_500

#: A release's own addresses may be kept for ever.
IMMUTABLE = "public, max-age=31536000, immutable"

#: Addresses of which there are mementos.
_DATED = re.compile(r"/(?:id|page|data|graph|shape|downloads)/|/(?:ontology|shapes)$|/sparql/?$")

_THING = re.compile(rf"/(?:id|page|data)/({'|'.join(TYPES)})/([a-z0-9-]+)(?:\.[a-z.]+)?$")
_GRAPH = re.compile(r"/graph/([a-z0-9/-]+)(?:\.[a-z]+)?$")
_FILE = re.compile(r"/downloads/([^/]+)$")

Links = list[tuple[str, str]]


def is_dated(path: str) -> bool:
    """Tell whether an address is an original resource."""
    return bool(_DATED.match(path))


def shown_by(timeline: Timeline, path: str) -> list[Release]:
    """List the releases in which an address shows something; raises NotFound where none does."""
    found = [release for release in timeline if _shows(release, path)]
    if not found:
        raise NotFound(f"No release shows anything at {path}.")
    return found


def memento_path(release: Release, path: str, query: str = "") -> str:
    """Give the address of what a release shows of an original address."""
    if path.rstrip("/") == "/sparql":
        asked = [part for part in query.split("&") if part and not part.startswith("release=")]
        return f"/sparql?{'&'.join([*asked, f'release={quote(release.id)}'])}"
    if file := _FILE.match(path):
        path = f"/{file[1]}"
    return _joined(f"/releases/{release.id}{path}", query)


def chosen(timeline: Timeline, path: str, accept_datetime: str) -> Release:
    """Choose the release for Accept-Datetime; raises BadRequest for what is no date, NotFound."""
    try:
        moment = parsedate_to_datetime(accept_datetime)
    except ValueError:
        raise BadRequest(
            f"Accept-Datetime: {accept_datetime!r} is no date such as "
            f"{written(datetime(2026, 11, 22, tzinfo=UTC))}."
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return at(shown_by(timeline, path), moment)


def original_links(base: str, path: str, query: str = "") -> Links:
    """Link an original resource to itself as its TimeGate, and to its TimeMap."""
    return [
        (base + _joined(path, query), 'rel="original timegate"'),
        *(
            (f"{base}/timemap/{form}{_joined(path, query)}", f'rel="timemap"; type="{media_type}"')
            for form, media_type in (("link", LINK_FORMAT), ("json", "application/json"))
        ),
    ]


def memento_links(
    base: str, timeline: Timeline, release: Release, path: str, query: str = ""
) -> Links:
    """Link a memento to its original, its TimeMap, and the other mementos around it."""
    around = [r for r in timeline if _shows(r, path)]
    links = original_links(base, path, query)
    if release.id not in [r.id for r in around]:
        return links
    place = [r.id for r in around].index(release.id)
    told: dict[str, list[str]] = {}
    named = [(0, "first"), (len(around) - 1, "last"), (place - 1, "prev"), (place + 1, "next")]
    for where, word in named:
        if 0 <= where < len(around):
            told.setdefault(around[where].id, []).append(word)
    told.setdefault(release.id, [])
    for other in around:
        if other.id in told:
            words = " ".join([*told[other.id], "memento"])
            links.append(
                (
                    base + memento_path(other, path, query),
                    f'rel="{words}"; datetime="{written(issued(other))}"',
                )
            )
    return links


def link_header(links: Links) -> str:
    """Write links as the value of a Link header."""
    return ", ".join(f"<{address}>; {told}" for address, told in links)


def link_timemap(base: str, timeline: Timeline, path: str, query: str = "") -> bytes:
    """Write the TimeMap of an address as link-format (RFC 7089, section 5); raises NotFound."""
    releases = shown_by(timeline, path)
    address = base + _joined(path, query)
    dates = f'from="{written(issued(releases[0]))}"; until="{written(issued(releases[-1]))}"'
    lines = [
        f'<{address}>; rel="original timegate"',
        f'<{base}/timemap/link{_joined(path, query)}>; rel="self"; type="{LINK_FORMAT}"; {dates}',
    ]
    for place, release in enumerate(releases):
        words = ["first"] * (place == 0) + ["last"] * (release is releases[-1]) + ["memento"]
        lines.append(
            f"<{base}{memento_path(release, path, query)}>; "
            f'rel="{" ".join(words)}"; datetime="{written(issued(release))}"'
        )
    return ",\n".join(lines).encode() + b"\n"


def json_timemap(base: str, timeline: Timeline, path: str, query: str = "") -> dict[str, Any]:
    """Give the TimeMap of an address as values for JSON; raises NotFound."""
    address = _joined(path, query)
    listed = [
        {
            "datetime": issued(release).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "uri": base + memento_path(release, path, query),
            "release": release.id,
        }
        for release in shown_by(timeline, path)
    ]
    return {
        "original_uri": base + address,
        "timegate_uri": base + address,
        "timemap_uri": {
            "link_format": f"{base}/timemap/link{address}",
            "json_format": f"{base}/timemap/json{address}",
        },
        "mementos": {"first": listed[0], "last": listed[-1], "list": listed},
    }


def written(moment: datetime) -> str:
    """Write a moment as HTTP does."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _joined(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _shows(release: Release, path: str) -> bool:
    """Tell whether a release shows anything at an address."""
    if thing := _THING.match(path):
        return _asserts(release.dir / "iprgraph.nq", f"{ID.iri}{thing[1]}/{thing[2]}")
    if graph := _GRAPH.match(path):
        return f"{GRAPH.iri}{graph[1]}" in release.manifest["graphs"]
    if file := _FILE.match(path):
        return file[1] in release.manifest["files"] or (release.dir / file[1]).is_file()
    return True


@lru_cache(maxsize=16_384)
def _asserts(dump: Path, iri: str) -> bool:
    """Remember what a dump asserts: it never changes."""
    return is_asserted(dump, iri)
