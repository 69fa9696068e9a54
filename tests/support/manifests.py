"""Read the manifests of the W3C's SPARQL 1.1 tests, which are beside the project where they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from support.paths import W3C

ROOT = W3C / "sparql11"

#: Where the tests' relative IRIs lead: the suite's own address.
BASE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"

PREFIXES = {
    "mf": "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#",
    "qt": "http://www.w3.org/2001/sw/DataAccess/tests/test-query#",
    "ut": "http://www.w3.org/2009/sparql/tests/test-update#",
    "ht": "http://www.w3.org/2011/http#",
    "hts": "http://www.w3.org/2011/http-statusCodes#",
    "cnt": "http://www.w3.org/2011/content#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}

Term = ox.NamedNode | ox.BlankNode | ox.Literal


class Manifest:
    """Look things up in one manifest."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.store = ox.Store()
        self.store.load(path=ROOT / name, format=ox.RdfFormat.TURTLE, base_iri=BASE + name)

    def values(self, subject: Any, predicate: str) -> list[Any]:
        """Return the objects of a statement; the predicate is written with its prefix."""
        quads = self.store.quads_for_pattern(subject, expand(predicate), None, None)
        return [quad.object for quad in quads]

    def value(self, subject: Any, predicate: str) -> Any:
        """Return the one object of a statement, or None."""
        found = self.values(subject, predicate)
        assert len(found) < 2, (self.name, subject, predicate)
        return found[0] if found else None

    def members(self, head: Any) -> list[Any]:
        """Return the members of an RDF list."""
        found = []
        while head is not None and head != expand("rdf:nil"):
            found.append(self.value(head, "rdf:first"))
            head = self.value(head, "rdf:rest")
        return found

    def entries(self) -> list[Any]:
        """Return the tests in their order."""
        (manifest,) = [
            q.subject for q in self.store.quads_for_pattern(None, expand("mf:entries"), None, None)
        ]
        return self.members(self.value(manifest, "mf:entries"))


@dataclass(frozen=True)
class Case:
    """One test of a suite."""

    manifest: Manifest
    node: ox.NamedNode
    kind: str

    @property
    def id(self) -> str:
        """Name it by folder and name."""
        return f"{self.manifest.name.split('/')[0]}/{self.node.value.rpartition('#')[2]}"

    def value(self, predicate: str) -> Any:
        """Return what the manifest says of the test."""
        return self.manifest.value(self.node, predicate)


@cache
def cases(*names: str) -> list[Case]:
    """Read the tests of some manifests; none where the suites are not at hand."""
    if not ROOT.is_dir():
        return []
    found = []
    for name in names:
        manifest = Manifest(name)
        for node in manifest.entries():
            kind = manifest.value(node, "rdf:type").value.rpartition("#")[2]
            found.append(Case(manifest, node, kind))
    return found


def require(found: list[Case], count: int) -> None:
    """Check a suite for its size; skip where it is not at hand, unless this is CI."""
    if not ROOT.is_dir() and os.environ.get("CI") != "true":
        pytest.skip(f"the W3C tests are not at {ROOT}")
    assert len(found) == count


def parameters(found: list[Case], failures: dict[str, str]) -> list[Any]:
    """Make the parameters of a test; those that are known to fail must fail (xfail_strict)."""
    marks = {
        name: [pytest.mark.xfail(reason=reason, raises=AssertionError)]
        for name, reason in failures.items()
    }
    return [pytest.param(case, id=case.id, marks=marks.get(case.id, [])) for case in found]


def path_of(iri: ox.NamedNode) -> Path:
    """Find the file that an IRI of a manifest means."""
    assert iri.value.startswith(BASE), iri
    return ROOT / iri.value.removeprefix(BASE)


def expand(name: str) -> ox.NamedNode:
    """Write out a prefixed name."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)
