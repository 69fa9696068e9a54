"""pySHACL by itself, to compare with, and the W3C's SHACL tests, which are beside the project."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib

from iprgraph.errors import DataError
from iprgraph.namespaces import PREFIXES
from iprgraph.rdf.canonical import canonical_quads
from iprgraph.rdf.rdflib_bridge import Bridge
from iprgraph.shacl.compile.data import PreparedGraph
from iprgraph.shacl.pyshacl_adapter import restore_languages
from iprgraph.shacl.validator import validate
from support.paths import W3C

ROOT = W3C / "shacl"
#: So many tests there are; one of them is in no manifest of manifests.
COUNT = 121
_UNLISTED = "sparql/component/nodeValidator-001.ttl"

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"

Quads = list[ox.Quad]


def reference(data: Iterable[ox.Quad], shapes: Iterable[ox.Quad]) -> Quads | str:
    """Return pySHACL's own report on rdflib graphs, or why there is none."""
    shapes = list(shapes)
    bridge = Bridge()
    try:
        _, graph, text = pyshacl.validate(
            bridge.graph(data, into=PreparedGraph()),
            shacl_graph=bridge.graph(shapes),
            inference="none",
            advanced=True,
            inplace=True,
        )
    except Exception as error:
        return str(error)
    if not isinstance(graph, rdflib.Graph):
        return text
    back = bridge.to_oxigraph
    return canonical_quads(
        restore_languages([ox.Quad(back(s), back(p), back(o)) for s, p, o in graph], shapes)
    )


class Case(NamedTuple):
    """One test of the suite."""

    name: str
    data: Quads
    shapes: Quads
    expected: Quads
    result: object


def cases() -> list[Case]:
    """Read the suite's tests; skips where the suite is not beside the project."""
    if not ROOT.is_dir():
        message = f"the W3C's SHACL tests are not at {ROOT}"
        if os.environ.get("CI") == "true" and ROOT.parent.is_dir():
            pytest.fail(message)
        pytest.skip(message, allow_module_level=True)
    found = [*_cases(ROOT / "manifest.ttl"), *_cases(ROOT / _UNLISTED)]
    assert len(found) == COUNT
    return found


@cache
def parsed(path: Path) -> Quads:
    """Parse a file of the suite."""
    return list(
        ox.parse(
            path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=path.as_uri(), rename_blank_nodes=True
        )
    )


def objects(quads: Quads, subject: object, predicate: str) -> list[object]:
    """Return the objects of a statement."""
    return [q.object for q in quads if q.subject == subject and q.predicate.value == predicate]


def _cases(manifest: Path) -> Iterator[Case]:
    quads = parsed(manifest)
    for quad in quads:
        if quad.predicate.value == f"{MF}include":
            yield from _cases(_path(quad.object))
        elif quad.predicate.value == f"{MF}entries":
            for entry in _members(quads, quad.object):
                (action,) = objects(quads, entry, f"{MF}action")
                (data,) = objects(quads, action, f"{SHT}dataGraph")
                (shapes,) = objects(quads, action, f"{SHT}shapesGraph")
                (result,) = objects(quads, entry, f"{MF}result")
                name = _path(entry).relative_to(ROOT).as_posix()
                yield Case(name, parsed(_path(data)), parsed(_path(shapes)), quads, result)


def _path(node: object) -> Path:
    assert isinstance(node, ox.NamedNode)
    return Path(node.value.removeprefix("file://"))


def _members(quads: Quads, head: object) -> Iterator[object]:
    while head != ox.NamedNode(PREFIXES["rdf"] + "nil"):
        yield from objects(quads, head, PREFIXES["rdf"] + "first")
        (head,) = objects(quads, head, PREFIXES["rdf"] + "rest")


HEAD = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def turtle(text: str) -> Quads:
    return list(ox.parse(HEAD + text, ox.RdfFormat.TURTLE))


def same(data: Quads, shapes: Quads) -> int:
    """Compare with pySHACL's report, and count the results."""
    expected = reference(data, shapes)
    if isinstance(expected, str):
        with pytest.raises(DataError):
            validate(data, shapes)
        return 0
    report = validate(data, shapes)
    assert report.graph == expected
    return len(report.results)


#: Literals that the store rewrites, and others that shapes look closely at.
ODD = turtle(
    """<urn:x> <urn:p> "01"^^xsd:integer , "1.0"^^xsd:decimal , "0.50"^^xsd:decimal ,
      "5"^^xsd:nonNegativeInteger , "-5"^^xsd:nonNegativeInteger , "x"^^xsd:integer , "1"^^xsd:boolean ,
      "2021-11-09T10:03:00+00:00"^^xsd:dateTime , "2021-02-30"^^xsd:date , "2021-11-09Z"^^xsd:date ,
      "2021"^^xsd:gYear , "1.5E0"^^xsd:double , "a"@EN-us , "a"@en , "" , "line\\n" , <urn:x> , [] ,
      "0"^^xsd:integer , "12345678901234567890"^^xsd:integer , "https://x\\n" ."""
)
