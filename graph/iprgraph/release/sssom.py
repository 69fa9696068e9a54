"""Linksets as SSSOM tables, and as RDF with the links themselves.

https://mapping-commons.github.io/sssom/spec-formats-tsv/
https://mapping-commons.github.io/sssom/spec-formats-owl/
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import pyoxigraph as ox

from iprgraph.content.dataset import DatasetDescription
from iprgraph.namespaces import BASE, DCTERMS, OWL, PREFIXES, RDF, RDFS, XSD, shorten
from iprgraph.rdf.syntax import SYNTAXES, serialize
from iprgraph.release.dumps import DumpFile
from iprgraph.release.link_targets import LinkTarget, compact
from iprgraph.release.linksets import (
    LINKSETS,
    SEMAPV,
    SSSOM,
    Mapping,
    by_target,
    describe_set,
    mappings,
)

VERSION = "1.1"
TSV = "text/tab-separated-values"

#: Columns of a table.
COLUMNS = (
    "record_id", "subject_id", "subject_label", "predicate_id", "object_id",
    "mapping_justification", "mapping_source", "confidence", "see_also", "comment",
)  # fmt: skip

_SETS = {"linkset": LINKSETS.iri, "iprgraph": BASE}


def files(quads: list[ox.Quad]) -> Iterable[DumpFile]:
    """Return each linkset as RDF and as a table, and one table of all links."""
    dataset = DatasetDescription(quads)
    all_links = mappings(quads)
    for target, links in by_target(all_links):
        name = f"linkset-{target.slug}"
        turtle = serialize(rdf(dataset, target, links), "turtle")
        yield DumpFile(f"{name}.ttl", turtle, SYNTAXES["turtle"].media_type)
        yield DumpFile(f"{name}.sssom.tsv", table(dataset, target, links), TSV)
    yield DumpFile("linksets.sssom.tsv", table(dataset, None, all_links), TSV)


def table(dataset: DatasetDescription, target: LinkTarget | None, links: list[Mapping]) -> bytes:
    """Return links as an SSSOM table with its metadata in comments; without a target, those of all targets."""
    rows = [_row(link) for link in links]
    used = {_prefix(cell) for row in rows for cell in row[:7]} - {""}
    spaces = {**PREFIXES, **_SETS, **{t.prefix: t.space for t, _ in by_target(links)}}
    target_title = target.title["en"] if target else "other datasets"
    metadata: dict[str, object] = {
        "sssom_version": VERSION,
        "curie_map": {prefix: spaces[prefix] for prefix in sorted(used)},
        "mapping_set_id": _mapping_set(target).value,
        "mapping_set_title": f"Links of {dataset.title} to {target_title}",
        "mapping_set_version": dataset.version,
        "license": dataset.objects(DCTERMS.license)[0].value,
        "subject_source": dataset.node.value,
        "publication_date": dataset.issued,
        **({"see_also": [target.homepage]} if target else {}),
    }
    lines = [*_yaml(metadata), "\t".join(COLUMNS), *("\t".join(row) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _mapping_set(target: LinkTarget | None) -> ox.NamedNode:
    """Return the IRI of a mapping set; it is not the linkset itself, since SSSOM allows it no other type."""
    return LINKSETS[f"{target.slug if target else ''}#mappings"]


def _row(link: Mapping) -> list[str]:
    """Return the cells of one link, without tabs and line breaks."""
    cells = [
        f"linkset:{link.node.value.removeprefix(LINKSETS.iri)}",
        shorten(link.subject.value),
        link.label,
        shorten(link.predicate.value),
        compact(link.target),
        f"semapv:{link.justification.value.removeprefix(SEMAPV.iri)}",
        _compact_own(link.source),
        link.confidence,
        link.claim.value if link.claim else "",
        link.comment,
    ]
    return [" ".join(cell.split()) for cell in cells]


def _compact_own(node: ox.NamedNode) -> str:
    """Return an IRI of ours as a compact IRI; the ontology itself has no prefix of its own."""
    short = shorten(node.value)
    return f"iprgraph:{node.value.removeprefix(BASE)}" if short.startswith("<") else short


def _prefix(cell: str) -> str:
    prefix, colon, _ = cell.partition(":")
    return prefix if colon and " " not in prefix else ""


def _yaml(metadata: dict[str, object]) -> Iterable[str]:
    """Return metadata as YAML in comments; JSON strings are YAML strings."""
    for key, value in metadata.items():
        if isinstance(value, dict):
            yield f"#{key}:"
            yield from (f"#  {name}: {json.dumps(item)}" for name, item in value.items())
        elif isinstance(value, list):
            yield f"#{key}:"
            yield from (f"#  - {json.dumps(item)}" for item in value)
        else:
            yield f"#{key}: {json.dumps(value, ensure_ascii=False)}"


def rdf(dataset: DatasetDescription, target: LinkTarget, links: list[Mapping]) -> list[ox.Quad]:
    """Return a linkset as triples: its description, the links, and the properties of each."""
    node = _mapping_set(target)
    version = ox.NamedNode(f"{SSSOM.iri}version{VERSION}")
    triples = [
        *describe_set(dataset.node, target, links),
        ox.Quad(LINKSETS[target.slug], DCTERMS.hasFormat, node),
        ox.Quad(node, RDF.type, SSSOM["MappingSet"]),
        ox.Quad(node, SSSOM["sssom_version"], version),
        ox.Quad(node, OWL.versionInfo, ox.Literal(dataset.version)),
        *(ox.Quad(node, DCTERMS.license, term) for term in dataset.objects(DCTERMS.license)),
    ]
    for link in links:
        properties: dict[ox.NamedNode, ox.NamedNode | ox.Literal | None] = {
            RDF.type: ox.NamedNode(f"{OWL.iri}Axiom"),
            ox.NamedNode(f"{OWL.iri}annotatedSource"): link.subject,
            ox.NamedNode(f"{OWL.iri}annotatedProperty"): link.predicate,
            ox.NamedNode(f"{OWL.iri}annotatedTarget"): link.target,
            SSSOM["mapping_justification"]: link.justification,
            SSSOM["mapping_source"]: link.source,
            SSSOM["confidence"]: ox.Literal(link.confidence, datatype=XSD.double),
            SSSOM["subject_label"]: ox.Literal(link.label) if link.label else None,
            RDFS.seeAlso: link.claim,
            RDFS.comment: ox.Literal(link.comment) if link.comment else None,
        }
        triples += [
            ox.Quad(link.subject, link.predicate, link.target),
            ox.Quad(node, SSSOM["mappings"], link.node),
            *(ox.Quad(link.node, name, value) for name, value in properties.items() if value),
        ]
    return list(dict.fromkeys(triples))
