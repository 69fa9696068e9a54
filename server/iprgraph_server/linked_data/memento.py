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

from iprgraph.errors import Text
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
    """Check whether an address is an original resource."""
    return bool(_DATED.match(path))


def releases_showing(timeline: Timeline, path: str) -> list[Release]:
    """Return the releases in which an address exists; raises NotFound where there is none."""
    releases = [release for release in timeline if _shows(release, path)]
    if not releases:
        raise NotFound(Text("No release shows anything at {path}.", path=path))
    return releases


def memento_path(release: Release, path: str, query: str = "") -> str:
    """Return the address of the memento that a release has of an original address."""
    if path.rstrip("/") == "/sparql":
        parameters = [part for part in query.split("&") if part and not part.startswith("release=")]
        return f"/sparql?{'&'.join([*parameters, f'release={quote(release.id)}'])}"
    if file := _FILE.match(path):
        path = f"/{file[1]}"
    return _joined(f"/releases/{release.id}{path}", query)


def release_at(timeline: Timeline, path: str, accept_datetime: str) -> Release:
    """Return the release for an Accept-Datetime; raises BadRequest or NotFound."""
    try:
        moment = parsedate_to_datetime(accept_datetime)
    except ValueError:
        raise BadRequest(
            Text(
                "Accept-Datetime: {value} is no date such as {example}.",
                value=repr(accept_datetime),
                example=http_date(datetime(2026, 11, 22, tzinfo=UTC)),
            )
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return at(releases_showing(timeline, path), moment)


def original_links(base: str, path: str, query: str = "") -> Links:
    """Return the links of an original resource: to itself as its TimeGate, and to its TimeMaps."""
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
    """Return the links of a memento: to its original, its TimeMaps, and the mementos around it."""
    releases = [r for r in timeline if _shows(r, path)]
    links = original_links(base, path, query)
    if release.id not in [r.id for r in releases]:
        return links
    place = [r.id for r in releases].index(release.id)
    relations: dict[str, list[str]] = {}
    positions = [
        (0, "first"),
        (len(releases) - 1, "last"),
        (place - 1, "prev"),
        (place + 1, "next"),
    ]
    for index, relation in positions:
        if 0 <= index < len(releases):
            relations.setdefault(releases[index].id, []).append(relation)
    relations.setdefault(release.id, [])
    for other in releases:
        if other.id in relations:
            words = " ".join([*relations[other.id], "memento"])
            links.append(
                (
                    base + memento_path(other, path, query),
                    f'rel="{words}"; datetime="{http_date(issued(other))}"',
                )
            )
    return links


def link_header(links: Links) -> str:
    """Write links as the value of a Link header."""
    return ", ".join(f"<{address}>; {attributes}" for address, attributes in links)


def link_timemap(base: str, timeline: Timeline, path: str, query: str = "") -> bytes:
    """Write the TimeMap of an address as link-format (RFC 7089, section 5); raises NotFound."""
    releases = releases_showing(timeline, path)
    address = base + _joined(path, query)
    dates = f'from="{http_date(issued(releases[0]))}"; until="{http_date(issued(releases[-1]))}"'
    lines = [
        f'<{address}>; rel="original timegate"',
        f'<{base}/timemap/link{_joined(path, query)}>; rel="self"; type="{LINK_FORMAT}"; {dates}',
    ]
    for place, release in enumerate(releases):
        words = ["first"] * (place == 0) + ["last"] * (release is releases[-1]) + ["memento"]
        lines.append(
            f"<{base}{memento_path(release, path, query)}>; "
            f'rel="{" ".join(words)}"; datetime="{http_date(issued(release))}"'
        )
    return ",\n".join(lines).encode() + b"\n"


def json_timemap(base: str, timeline: Timeline, path: str, query: str = "") -> dict[str, Any]:
    """Return the TimeMap of an address as values for JSON; raises NotFound."""
    address = _joined(path, query)
    mementos = [
        {
            "datetime": issued(release).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "uri": base + memento_path(release, path, query),
            "release": release.id,
        }
        for release in releases_showing(timeline, path)
    ]
    return {
        "original_uri": base + address,
        "timegate_uri": base + address,
        "timemap_uri": {
            "link_format": f"{base}/timemap/link{address}",
            "json_format": f"{base}/timemap/json{address}",
        },
        "mementos": {"first": mementos[0], "last": mementos[-1], "list": mementos},
    }


def http_date(moment: datetime) -> str:
    """Return a moment as an HTTP date."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _joined(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _shows(release: Release, path: str) -> bool:
    """Check whether an address exists in a release."""
    if thing := _THING.match(path):
        return _asserts(release.dir / "iprgraph.nq", f"{ID.iri}{thing[1]}/{thing[2]}")
    if graph := _GRAPH.match(path):
        return f"{GRAPH.iri}{graph[1]}" in release.manifest["graphs"]
    if file := _FILE.match(path):
        return file[1] in release.manifest["files"] or (release.dir / file[1]).is_file()
    return True


@lru_cache(maxsize=16_384)
def _asserts(dump: Path, iri: str) -> bool:
    """Check whether a dump asserts anything about an IRI; cached, since a dump never changes."""
    return is_asserted(dump, iri)
