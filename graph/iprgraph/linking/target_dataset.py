"""The other dataset: an RDF file or a SPARQL endpoint, read in parts, so that memory stays bounded."""

from __future__ import annotations

import gzip
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import pyoxigraph as ox

from iprgraph import __version__
from iprgraph.errors import DataError, UsageError
from iprgraph.linking.entities import ALIASES, LABELS, LINKS

#: Properties that make candidates.
_NAMING = LABELS | ALIASES | LINKS

#: A triple, as far as it matters here.
Triple = tuple[str, str, object]

#: Rows that one answer of an endpoint has, and bytes that are read of it.
PAGE = 10_000
_MOST_BYTES = 64_000_000
_TIMEOUT = 120.0
_TRIES = 3
#: Things that are asked about at once.
_AT_ONCE = 200


class TargetDataset(Protocol):
    """Another dataset, as a stream of triples."""

    def names(self) -> Iterator[Triple]:
        """Return all triples that name something or say what else it is."""
        ...

    def facts(self, things: set[str]) -> Iterator[Triple]:
        """Return all triples about some things."""
        ...


def open_target(target: str) -> TargetDataset:
    """Return a file or an endpoint; raises UsageError for what is neither."""
    if target.startswith(("http://", "https://")):
        return TargetEndpoint(target)
    return TargetFile(Path(target))


class TargetFile:
    """An RDF file in any syntax, gzipped or not; it is read twice, and never held."""

    def __init__(self, path: Path) -> None:
        suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
        rdf_format = ox.RdfFormat.from_extension(suffix.lstrip("."))
        if rdf_format is None:
            raise UsageError(
                f"{path}: not an RDF file name; use .ttl, .trig, .nt, .nq, .jsonld or .rdf, "
                "perhaps with .gz, or the address of a SPARQL endpoint"
            )
        if not path.is_file():
            raise UsageError(f"cannot read {path}: there is no such file")
        self._path = path
        self._format = rdf_format

    def names(self) -> Iterator[Triple]:
        """Return all triples that name something or say what else it is."""
        return (t for t in self._triples() if t[1] in _NAMING)

    def facts(self, things: set[str]) -> Iterator[Triple]:
        """Return all triples about some things."""
        return (t for t in self._triples() if t[0] in things)

    def _triples(self) -> Iterator[Triple]:
        opener = gzip.open if self._path.suffix == ".gz" else open
        try:
            with opener(self._path, "rb") as stream:
                yield from self._parsed(stream)
        except SyntaxError as error:
            raise DataError(f"{self._path}: {error.msg}") from error
        except OSError as error:
            raise UsageError(f"cannot read {self._path}: {error}") from error

    def _parsed(self, stream: Any) -> Iterator[Triple]:
        for quad in ox.parse(stream, self._format):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value, quad.predicate.value, quad.object


class TargetEndpoint:
    """A SPARQL 1.1 endpoint, asked page by page in the order of its IRIs."""

    def __init__(self, address: str) -> None:
        self._address = address

    def names(self) -> Iterator[Triple]:
        """Return all triples that name something or say what else it is.

        Each page begins where the one before ended, so that none is longer to find than another.
        """
        properties = " ".join(f"<{iri}>" for iri in sorted(_NAMING))
        last, after = "", ">="
        while True:
            rows = self._select(
                f"SELECT ?s ?p ?o WHERE {{ VALUES ?p {{ {properties} }} ?s ?p ?o "
                f"FILTER(isIRI(?s) && STR(?s) {after} {ox.Literal(last)}) }} "
                f"ORDER BY STR(?s) LIMIT {PAGE}",
                f"the page of names from {last or 'the first'}",
            )
            yield from rows
            if len(rows) < PAGE:
                return
            # The last thing's names may go on; a page of one thing's names alone is left behind.
            after = ">" if rows[0][0] == rows[-1][0] else ">="
            last = rows[-1][0]

    def facts(self, things: set[str]) -> Iterator[Triple]:
        """Return all triples about some things."""
        waiting = iter(sorted(things))
        while some := list(islice(waiting, _AT_ONCE)):
            named = " ".join(str(ox.NamedNode(iri)) for iri in some)
            yield from self._select(
                f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {named} }} ?s ?p ?o }}",
                f"what is said of {some[0]} and {len(some) - 1} more",
            )

    def _select(self, query: str, what: str) -> list[Triple]:
        body = urlencode({"query": query}).encode()
        for attempt in range(1, _TRIES + 1):
            request = urllib.request.Request(  # noqa: S310
                self._address,
                body,
                {
                    "Accept": "application/sparql-results+json",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "User-Agent": f"iprgraph/{__version__}",
                },
            )
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                    return list(_rows(answer.read(_MOST_BYTES + 1), self._address, what))
            except urllib.error.HTTPError as error:
                with error:
                    told = error.read(500).decode("utf-8", "replace").strip()
                if error.code not in (429, 503) or attempt == _TRIES:
                    raise DataError(
                        f"{self._address} answered {error.code} {error.reason} for {what}: {told}"
                    ) from error
                time.sleep(_patience(error.headers.get("Retry-After"), attempt))
            except OSError as error:
                reason = getattr(error, "reason", error)
                raise DataError(f"{self._address} gave no answer for {what}: {reason}") from error
        raise AssertionError("the last attempt returns or raises")


def _patience(header: str | None, attempt: int) -> float:
    return min(30.0, float(header)) if header and header.isdigit() else 2.0**attempt


def _rows(body: bytes, address: str, what: str) -> Iterable[Triple]:
    if len(body) > _MOST_BYTES:
        raise DataError(f"{address} answered with more than {_MOST_BYTES:,} bytes for {what}")
    try:
        bindings = json.loads(body)["results"]["bindings"]
        for row in bindings:
            yield row["s"]["value"], row["p"]["value"], _term(row["o"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{address} did not answer with SPARQL results in JSON for {what}; "
            "is it the address of a SPARQL endpoint?"
        ) from error


def _term(binding: dict[str, str]) -> object:
    if binding["type"] == "uri":
        return ox.NamedNode(binding["value"])
    if binding["type"] == "bnode":
        return ox.BlankNode()
    if "xml:lang" in binding:
        return ox.Literal(binding["value"], language=binding["xml:lang"])
    return ox.Literal(binding["value"])
