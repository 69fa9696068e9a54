"""Describe the endpoint in RDF: SPARQL 1.1 Service Description, with prefixes, examples, limits.

The vocabulary is at <https://www.w3.org/TR/sparql11-service-description/>. The service is named by
its own address, since clients look for statements about the address they were given.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from iprgraph.content import questions, sparql_examples
from iprgraph.namespaces import BASE, PREFIXES
from iprgraph.release.void_statistics import schema
from iprgraph_server.http.formats import GRAPHS, RESULTS, UPLOADS, Format
from iprgraph_server.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from iprgraph.release.release import Release

#: A description lists at most so many named graphs; claims, each a graph, are left out.
MOST_GRAPHS = 500

LICENCE = ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")

_CLAIMS = f"{BASE}id/claim/"
_INTEGER = ox.NamedNode(f"{PREFIXES['xsd']}integer")
_ANY_URI = ox.NamedNode(f"{PREFIXES['xsd']}anyURI")

_ENTITIES = ox.NamedNode(f"{PREFIXES['void']}entities")

_PREFIXES = {
    name: PREFIXES[name]
    for name in (
        "dcterms", "ipr", "rdfs", "schema", "sd", "sh", "void", "void-ext", "xsd"
    )
}  # fmt: skip


class Description:
    """Describe the service under any of its addresses."""

    def __init__(self, settings: Settings, release: Release, writable: bool) -> None:
        self._settings = settings
        self._manifest: dict[str, Any] = release.manifest
        self._schema = schema(release.dir / "void.ttl")
        self._questions = questions.load()
        self._writable = writable
        # An address comes from the request, so their number is bounded.
        self.write = lru_cache(maxsize=64)(self._write)

    def _write(self, address: str, form: Format) -> bytes:
        """Write the description of the service at an address."""
        written = ox.serialize(
            self.triples(address),
            format=ox.RdfFormat.from_media_type(form.media_type),
            prefixes=_PREFIXES,
        )
        assert written is not None
        return written

    def triples(self, address: str) -> list[ox.Triple]:
        """Make the statements about the service at an address."""
        about = _Statements()
        service, dataset = ox.NamedNode(address), ox.NamedNode(f"{address}#dataset")
        about.add(service, "rdf:type", "sd:Service")
        about.add(service, "sd:endpoint", service)
        about.add(service, "dcterms:title", ox.Literal(self._manifest["title"], language="en"))
        about.add(service, "dcterms:license", LICENCE)
        about.add(service, "sd:supportedLanguage", "sd:SPARQL11Query")
        about.add(service, "sd:feature", "sd:UnionDefaultGraph")
        if self._writable:
            about.add(service, "sd:supportedLanguage", "sd:SPARQL11Update")
            for form in UPLOADS:
                about.add(service, "sd:inputFormat", ox.NamedNode(form.iri))
        if self._settings.allow_service:
            about.add(service, "sd:feature", "sd:BasicFederatedQuery")
        for form in (*RESULTS, *GRAPHS):
            if form.iri:
                about.add(service, "sd:resultFormat", ox.NamedNode(form.iri))
        about.add(service, "sd:defaultDataset", dataset)
        self._dataset(about, dataset, address)
        self._prefixes(about, service, address)
        self._limits(about, service, address)
        about.triples += sparql_examples.executables(self._questions, service)
        for part in sorted({t.subject for t in self._schema if t.predicate == _ENTITIES}, key=str):
            about.add(dataset, "void:classPartition", part)  # type: ignore[arg-type]
        about.triples += self._schema
        return about.grouped()

    def _dataset(self, about: _Statements, dataset: ox.NamedNode, address: str) -> None:
        graphs: dict[str, Any] = self._manifest["graphs"]
        default = ox.NamedNode(f"{address}#default-graph")
        about.add(dataset, "rdf:type", "sd:Dataset")
        about.add(dataset, "rdf:type", "void:Dataset")
        about.add(dataset, "dcterms:hasVersion", ox.Literal(self._manifest["id"]))
        about.add(dataset, "sd:defaultGraph", default)
        about.add(default, "rdf:type", "sd:Graph")
        listed = [iri for iri in sorted(graphs) if not iri.startswith(_CLAIMS)]
        for number, iri in enumerate(listed[:MOST_GRAPHS], 1):
            named, graph = (
                ox.NamedNode(f"{address}#{part}-{number}") for part in ("named-graph", "graph")
            )
            about.add(dataset, "sd:namedGraph", named)
            about.add(named, "rdf:type", "sd:NamedGraph")
            about.add(named, "sd:name", ox.NamedNode(iri))
            about.add(named, "sd:graph", graph)
            about.add(graph, "rdf:type", "sd:Graph")
            about.add(graph, "void:triples", _number(graphs[iri]["triples"]))

    def _prefixes(self, about: _Statements, service: ox.NamedNode, address: str) -> None:
        """Declare the prefixes that a query may use without declaring them."""
        for prefix, namespace in sorted(PREFIXES.items()):
            declared = ox.NamedNode(f"{address}#prefix-{prefix}")
            about.add(service, "sh:declare", declared)
            about.add(declared, "rdf:type", "sh:PrefixDeclaration")
            about.add(declared, "sh:prefix", ox.Literal(prefix))
            about.add(declared, "sh:namespace", ox.Literal(namespace, datatype=_ANY_URI))

    def _limits(self, about: _Statements, service: ox.NamedNode, address: str) -> None:
        for setting in SETTINGS:
            value = getattr(self._settings, setting.name)
            if not isinstance(value, int | float):
                continue
            limit = ox.NamedNode(f"{address}#limit-{setting.name}")
            about.add(service, "schema:additionalProperty", limit)
            about.add(limit, "rdf:type", "schema:PropertyValue")
            about.add(limit, "schema:name", ox.Literal(setting.name))
            about.add(limit, "schema:value", ox.Literal(value))
            about.add(limit, "schema:unitText", ox.Literal(setting.unit))
            about.add(limit, "schema:description", ox.Literal(setting.help, language="en"))


class _Statements:
    """Collect triples; predicates and classes are written with their prefix."""

    def __init__(self) -> None:
        self.triples: list[ox.Triple] = []

    def add(
        self, subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal | str
    ) -> None:
        if isinstance(value, str):
            value = _expand(value)
        self.triples.append(ox.Triple(subject, _expand(predicate), value))

    def grouped(self) -> list[ox.Triple]:
        """Return the triples by subject, in the order in which each subject first came."""
        order: dict[str, int] = {}
        for triple in self.triples:
            order.setdefault(str(triple.subject), len(order))
        return sorted(self.triples, key=lambda triple: order[str(triple.subject)])


def _expand(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def _number(value: int) -> ox.Literal:
    return ox.Literal(str(value), datatype=_INTEGER)
