"""Write linksets: SSSOM tables, and the same mappings as RDF with the links themselves.

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
from iprgraph.release.linksets import LINKSETS, SEMAPV, SSSOM, Mapping, by_target, mappings, of_set

VERSION = "1.1"
TSV = "text/tab-separated-values"

#: What a table tells of each link.
COLUMNS = (
    "record_id", "subject_id", "subject_label", "predicate_id", "object_id",
    "mapping_justification", "mapping_source", "confidence", "see_also", "comment",
)  # fmt: skip

_SETS = {"linkset": LINKSETS.iri, "iprgraph": BASE}


def files(quads: list[ox.Quad]) -> Iterable[DumpFile]:
    """Write each linkset as RDF and as a table, and one table of all links."""
    dataset = DatasetDescription(quads)
    found = mappings(quads)
    for target, links in by_target(found):
        name = f"linkset-{target.slug}"
        turtle = serialize(rdf(dataset, target, links), "turtle")
        yield DumpFile(f"{name}.ttl", turtle, SYNTAXES["turtle"].media_type)
        yield DumpFile(f"{name}.sssom.tsv", table(dataset, target, links), TSV)
    yield DumpFile("linksets.sssom.tsv", table(dataset, None, found), TSV)


def table(dataset: DatasetDescription, target: LinkTarget | None, links: list[Mapping]) -> bytes:
    """Write links as an SSSOM table with its metadata in comments; all of them without a target."""
    rows = [_row(link) for link in links]
    used = {_prefix(cell) for row in rows for cell in row[:7]} - {""}
    spaces = {**PREFIXES, **_SETS, **{t.prefix: t.space for t, _ in by_target(links)}}
    to = target.title["en"] if target else "other datasets"
    metadata: dict[str, object] = {
        "sssom_version": VERSION,
        "curie_map": {prefix: spaces[prefix] for prefix in sorted(used)},
        "mapping_set_id": _set(target).value,
        "mapping_set_title": f"Links of {dataset.title} to {to}",
        "mapping_set_version": dataset.version,
        "license": dataset.objects(DCTERMS.license)[0].value,
        "subject_source": dataset.node.value,
        "publication_date": dataset.issued,
        **({"see_also": [target.homepage]} if target else {}),
    }
    lines = [*_yaml(metadata), "\t".join(COLUMNS), *("\t".join(row) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _set(target: LinkTarget | None) -> ox.NamedNode:
    """Name a mapping set; it is not the linkset itself, for SSSOM lets it have no other type."""
    return LINKSETS[f"{target.slug if target else ''}#mappings"]


def _row(link: Mapping) -> list[str]:
    """Write one link; a cell holds neither tab nor line break."""
    cells = [
        f"linkset:{link.node.value.removeprefix(LINKSETS.iri)}",
        shorten(link.subject.value),
        link.label,
        shorten(link.predicate.value),
        compact(link.target),
        f"semapv:{link.justification.value.removeprefix(SEMAPV.iri)}",
        _own(link.source),
        link.confidence,
        link.claim.value if link.claim else "",
        link.comment,
    ]
    return [" ".join(cell.split()) for cell in cells]


def _own(node: ox.NamedNode) -> str:
    """Write an IRI of ours with a prefix; the ontology itself has none of its own."""
    short = shorten(node.value)
    return f"iprgraph:{node.value.removeprefix(BASE)}" if short.startswith("<") else short


def _prefix(cell: str) -> str:
    prefix, colon, _ = cell.partition(":")
    return prefix if colon and " " not in prefix else ""


def _yaml(metadata: dict[str, object]) -> Iterable[str]:
    """Write metadata as YAML in comments; JSON strings are YAML strings."""
    for key, value in metadata.items():
        if isinstance(value, dict):
            yield f"#{key}:"
            yield from (f"#  {name}: {json.dumps(told)}" for name, told in value.items())
        elif isinstance(value, list):
            yield f"#{key}:"
            yield from (f"#  - {json.dumps(told)}" for told in value)
        else:
            yield f"#{key}: {json.dumps(value, ensure_ascii=False)}"


def rdf(dataset: DatasetDescription, target: LinkTarget, links: list[Mapping]) -> list[ox.Quad]:
    """Give a linkset as triples: its description, the links, and what is known about each."""
    node = _set(target)
    version = ox.NamedNode(f"{SSSOM.iri}version{VERSION}")
    found = [
        *of_set(dataset.node, target, links),
        ox.Quad(LINKSETS[target.slug], DCTERMS.hasFormat, node),
        ox.Quad(node, RDF.type, SSSOM["MappingSet"]),
        ox.Quad(node, SSSOM["sssom_version"], version),
        ox.Quad(node, OWL.versionInfo, ox.Literal(dataset.version)),
        *(ox.Quad(node, DCTERMS.license, term) for term in dataset.objects(DCTERMS.license)),
    ]
    for link in links:
        told: dict[ox.NamedNode, ox.NamedNode | ox.Literal | None] = {
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
        found += [
            ox.Quad(link.subject, link.predicate, link.target),
            ox.Quad(node, SSSOM["mappings"], link.node),
            *(ox.Quad(link.node, name, value) for name, value in told.items() if value),
        ]
    return list(dict.fromkeys(found))
