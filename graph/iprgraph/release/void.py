"""Descriptions of a release for machines: VoID and DCAT 3 in Turtle, schema.org in JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyoxigraph as ox

from iprgraph.content.dataset import DatasetDescription
from iprgraph.namespaces import (
    BASE,
    DCAT,
    DCTERMS,
    DOWNLOADS,
    FOAF,
    ID,
    RDF,
    SKOS,
    SPDX,
    VOID,
    XSD,
)
from iprgraph.rdf.syntax import SYNTAXES, serialize, union
from iprgraph.release import linksets
from iprgraph.release.void_statistics import PART, class_schema, statistics

ENDPOINT = ox.NamedNode(f"{BASE}sparql")
VOID_TTL = ox.NamedNode(f"{BASE}void")
CATALOG = ox.NamedNode(f"{PART}catalog")
_LANGUAGES = "http://id.loc.gov/vocabulary/iso639-1/"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"

#: The manifest's `files`: name -> bytes, sha256, media_type.
Files = Mapping[str, Mapping[str, Any]]


def is_dump(name: str) -> bool:
    """Check whether a file of a release holds the whole graph."""
    return name.startswith("iprgraph.")


def void(quads: list[ox.Quad], files: Files) -> bytes:
    """Return void.ttl: the dataset, its statistics, linksets, distributions and endpoint."""
    dataset = DatasetDescription(quads)
    triples = union(quads)
    description = [
        *(described for quad in dataset.quads for described in _described(quad)),
        ox.Quad(VOID_TTL, RDF.type, VOID.DatasetDescription),
        ox.Quad(VOID_TTL, FOAF.primaryTopic, dataset.node),
        ox.Quad(dataset.node, RDF.type, VOID.Dataset),
        ox.Quad(dataset.node, VOID.uriSpace, ox.Literal(ID.iri)),
        ox.Quad(dataset.node, DCAT.version, ox.Literal(dataset.version)),
        ox.Quad(dataset.node, VOID.sparqlEndpoint, ENDPOINT),
        *(ox.Quad(dataset.node, VOID.exampleResource, thing) for thing in _examples(quads)),
        *statistics(dataset.node, triples),
        *class_schema(triples),
        *linksets.describe(dataset.node, linksets.mappings(quads)),
        *_catalog(dataset, quads),
        *_distributions(dataset, files),
        *_service(dataset),
    ]
    return serialize(dict.fromkeys(description), "turtle")


def _described(quad: ox.Quad) -> Iterable[ox.Quad]:
    """Return a statement about the dataset for the default graph; DCAT has IRIs for languages."""
    value = quad.object
    if quad.predicate == DCTERMS.language and isinstance(value, ox.Literal):
        value = ox.NamedNode(_LANGUAGES + value.value)
        yield ox.Quad(value, RDF.type, DCTERMS.LinguisticSystem)
    yield ox.Quad(quad.subject, quad.predicate, value)
    if quad.predicate == DCAT.landingPage and isinstance(value, ox.NamedNode):
        yield ox.Quad(value, RDF.type, FOAF.Document)


def _examples(quads: list[ox.Quad]) -> list[ox.NamedNode]:
    """Return one thing of each of some kinds, always the same."""
    examples = []
    for kind in ("article", "claim", "organization", "treaty"):
        things = [
            quad.subject
            for quad in quads
            if isinstance(quad.subject, ox.NamedNode)
            and quad.subject.value.startswith(f"{ID.iri}{kind}/")
        ]
        examples += sorted(things, key=str)[:1]
    return examples


def _catalog(dataset: DatasetDescription, quads: list[ox.Quad]) -> Iterable[ox.Quad]:
    """Return a catalogue with the dataset and the endpoint, as DCAT-AP requires."""
    yield ox.Quad(CATALOG, RDF.type, DCAT.Catalog)
    for predicate in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.license):
        for value in dataset.objects(predicate):
            yield ox.Quad(CATALOG, predicate, value)
    yield ox.Quad(CATALOG, DCTERMS.issued, _date(dataset.issued))
    yield ox.Quad(CATALOG, FOAF.homepage, ox.NamedNode(BASE))
    yield ox.Quad(ox.NamedNode(BASE), RDF.type, FOAF.Document)
    yield ox.Quad(CATALOG, DCAT.dataset, dataset.node)
    yield ox.Quad(CATALOG, DCAT.service, ENDPOINT)
    yield ox.Quad(dataset.node, DCTERMS.identifier, ox.Literal(dataset.node.value))
    for license_ in dataset.objects(DCTERMS.license):
        yield ox.Quad(license_, RDF.type, DCTERMS.LicenseDocument)
    makers = {*dataset.objects(DCTERMS.publisher), *dataset.objects(DCTERMS.creator)}
    for maker in sorted(makers, key=str):
        yield ox.Quad(maker, RDF.type, FOAF.Agent)
        names = (q.object for q in quads if q.subject == maker and q.predicate == SKOS.prefLabel)
        yield from (ox.Quad(maker, FOAF.name, name) for name in names)


def _distributions(dataset: DatasetDescription, files: Files) -> Iterable[ox.Quad]:
    for name, file in files.items():
        if not is_dump(name):
            continue
        node = DOWNLOADS[name]
        checksum = ox.NamedNode(f"{PART}checksum-{name}")
        gzipped = name.endswith(".gz")
        media_type = files[name.removesuffix(".gz")]["media_type"]
        yield ox.Quad(dataset.node, DCAT.distribution, node)
        yield ox.Quad(dataset.node, VOID.dataDump, node)
        yield ox.Quad(node, RDF.type, DCAT.Distribution)
        for tag, text in _title(name).items():
            yield ox.Quad(node, DCTERMS.title, ox.Literal(text, language=tag))
        yield ox.Quad(node, DCTERMS.issued, _date(dataset.issued))
        yield ox.Quad(node, DCAT.version, ox.Literal(dataset.version))
        yield ox.Quad(node, DCAT.accessURL, node)
        yield ox.Quad(node, DCAT.downloadURL, node)
        kinds = {DCAT.mediaType: ox.NamedNode(_MEDIA_TYPES + media_type)}
        if gzipped:
            kinds[DCAT.compressFormat] = ox.NamedNode(_MEDIA_TYPES + "application/gzip")
        for predicate, kind in kinds.items():
            yield ox.Quad(node, predicate, kind)
            yield ox.Quad(kind, RDF.type, DCTERMS.MediaType)
        size = ox.Literal(str(file["bytes"]), datatype=XSD.nonNegativeInteger)
        yield ox.Quad(node, DCAT.byteSize, size)
        for license_ in dataset.objects(DCTERMS.license):
            yield ox.Quad(node, DCTERMS.license, license_)
        yield ox.Quad(node, SPDX.checksum, checksum)
        yield ox.Quad(checksum, RDF.type, SPDX.Checksum)
        yield ox.Quad(checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
        value = ox.Literal(file["sha256"], datatype=XSD.hexBinary)
        yield ox.Quad(checksum, SPDX.checksumValue, value)


def _service(dataset: DatasetDescription) -> Iterable[ox.Quad]:
    protocol = ox.NamedNode("https://www.w3.org/TR/sparql11-protocol/")
    yield ox.Quad(ENDPOINT, RDF.type, DCAT.DataService)
    yield ox.Quad(ENDPOINT, DCTERMS.title, ox.Literal("SPARQL endpoint", language="en"))
    yield ox.Quad(ENDPOINT, DCTERMS.title, ox.Literal("SPARQL 端点", language="zh"))
    for predicate in (DCTERMS.publisher, DCTERMS.license):
        for value in dataset.objects(predicate):
            yield ox.Quad(ENDPOINT, predicate, value)
    yield ox.Quad(ENDPOINT, DCTERMS.conformsTo, protocol)
    yield ox.Quad(protocol, RDF.type, DCTERMS.Standard)
    yield ox.Quad(ENDPOINT, DCAT.endpointURL, ENDPOINT)
    yield ox.Quad(ENDPOINT, DCAT.endpointDescription, ENDPOINT)
    yield ox.Quad(ENDPOINT, DCAT.servesDataset, dataset.node)


def _title(name: str) -> dict[str, str]:
    extension = name.removesuffix(".gz").rpartition(".")[2]
    syntax = next(syntax for syntax in SYNTAXES.values() if syntax.extension == extension)
    en, zh = (
        ("The dataset with its named graphs", "包含命名图的数据集")
        if syntax.datasets
        else ("All graphs as one", "合并为一个图")
    )
    gzipped = (", gzipped", "，gzip 压缩") if name.endswith(".gz") else ("", "")
    return {
        "en": f"{en}, {syntax.media_type}{gzipped[0]}",
        "zh": f"{zh}，{syntax.media_type}{gzipped[1]}",
    }


def _date(text: str) -> ox.Literal:
    return ox.Literal(text, datatype=XSD.date if len(text) == 10 else XSD.dateTime)


def schema_org(quads: list[ox.Quad], files: Files) -> bytes:
    """Return the dataset as schema.org JSON-LD, which search engines read from a page."""
    dataset = DatasetDescription(quads)
    document: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@id": dataset.node.value,
        "@type": "Dataset",
        "name": _in_languages(dataset, DCTERMS.title),
        "description": _in_languages(dataset, DCTERMS.description),
        "url": BASE,
        "version": dataset.version,
        "datePublished": dataset.issued,
        "identifier": dataset.node.value,
        "isAccessibleForFree": True,
        "inLanguage": sorted(term.value for term in dataset.objects(DCTERMS.language)),
        "creator": _makers(dataset, quads, DCTERMS.creator),
        "publisher": _makers(dataset, quads, DCTERMS.publisher),
        "license": [term.value for term in dataset.objects(DCTERMS.license)],
        "keywords": sorted({term.value for term in dataset.objects(DCAT.keyword)}),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": _title(name)["en"],
                "contentUrl": DOWNLOADS[name].value,
                "encodingFormat": file["media_type"],
                "contentSize": f"{file['bytes']} B",
                "sha256": file["sha256"],
            }
            for name, file in files.items()
            if is_dump(name)
        ],
    }
    filled = {key: value for key, value in document.items() if value not in ([], "")}
    return (json.dumps(filled, ensure_ascii=False, indent=1) + "\n").encode()


def _makers(
    dataset: DatasetDescription, quads: list[ox.Quad], predicate: ox.NamedNode
) -> list[dict[str, Any]]:
    makers = sorted(dataset.objects(predicate), key=str)
    return [
        {
            "@type": "Organization",
            "@id": maker.value,
            "name": [
                {"@language": q.object.language, "@value": q.object.value}
                for q in quads
                if q.subject == maker
                and q.predicate == SKOS.prefLabel
                and isinstance(q.object, ox.Literal)
            ],
        }
        for maker in makers
    ]


def _in_languages(dataset: DatasetDescription, predicate: ox.NamedNode) -> list[dict[str, str]]:
    return [
        {"@language": term.language, "@value": term.value}
        for term in dataset.objects(predicate)
        if isinstance(term, ox.Literal) and term.language
    ]
