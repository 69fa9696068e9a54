"""Statistics of the graph as VoID: counts, class and property partitions.

https://www.w3.org/TR/void/
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox

from iprgraph.namespaces import BASE, ID, IPR, PREFIXES, RDF, VOID, Namespace, shorten
from iprgraph.rdf.syntax import used_prefixes

#: Base of the IRIs of the parts of void.ttl.
PART = f"{BASE}void#"

_IPR = Namespace(IPR.iri)
_EXT = Namespace(PREFIXES["void-ext"])


def statistics(node: ox.NamedNode, triples: list[ox.Quad]) -> list[ox.Quad]:
    """Return VoID counts of the union graph: in total, by class and by property."""
    classes: dict[ox.NamedNode, set[object]] = {}
    for quad in triples:
        if quad.predicate == RDF.type and isinstance(quad.object, ox.NamedNode):
            classes.setdefault(quad.object, set()).add(quad.subject)
    properties = Counter(quad.predicate for quad in triples)
    subjects = {quad.subject for quad in triples}
    counts = {
        VOID.triples: len(triples),
        VOID.entities: sum(subject in ID for subject in subjects),
        VOID.distinctSubjects: len(subjects),
        VOID.distinctObjects: len({quad.object for quad in triples}),
        VOID.classes: len(classes),
        VOID.properties: len(properties),
    }
    quads = [ox.Quad(node, predicate, ox.Literal(count)) for predicate, count in counts.items()]
    for iri in used_prefixes(triples).values():
        if not iri.startswith((ID.iri, f"{BASE}graph/", f"{BASE}shape/")):
            quads.append(ox.Quad(node, VOID.vocabulary, ox.NamedNode(iri)))
    for class_, members in classes.items():
        part = ox.NamedNode(f"{PART}class-{_short(class_)}")
        quads += [
            ox.Quad(node, VOID.classPartition, part),
            ox.Quad(part, VOID["class"], class_),
            ox.Quad(part, VOID.entities, ox.Literal(len(members))),
        ]
    for property_, count in properties.items():
        part = ox.NamedNode(f"{PART}property-{_short(property_)}")
        quads += [
            ox.Quad(node, VOID.propertyPartition, part),
            ox.Quad(part, VOID.property, property_),
            ox.Quad(part, VOID.triples, ox.Literal(count)),
        ]
    return quads


def class_schema(triples: list[ox.Quad]) -> list[ox.Quad]:
    """Return counts of the properties of each class of ours, and of the classes and datatypes of their values.

    Query editors use them for completion. <https://github.com/sib-swiss/void-generator>
    """
    types: dict[object, set[ox.NamedNode]] = {}
    for quad in triples:
        class_ = quad.object
        if quad.predicate == RDF.type and isinstance(class_, ox.NamedNode) and class_ in _IPR:
            types.setdefault(quad.subject, set()).add(class_)
    counts: Counter[tuple[ox.NamedNode, ox.NamedNode]] = Counter()
    values: Counter[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode, bool]] = Counter()
    for quad in triples:
        literal = quad.object.datatype if isinstance(quad.object, ox.Literal) else None
        for class_ in types.get(quad.subject, ()):
            counts[class_, quad.predicate] += 1
            if literal:
                values[class_, quad.predicate, literal, True] += 1
            for other in types.get(quad.object, ()):
                values[class_, quad.predicate, other, False] += 1
    quads = []
    for (class_, property_), count in counts.items():
        whole = ox.NamedNode(f"{PART}class-{_short(class_)}")
        part = ox.NamedNode(f"{whole.value}-{_short(property_)}")
        quads += [
            ox.Quad(whole, VOID.propertyPartition, part),
            ox.Quad(part, VOID.property, property_),
            ox.Quad(part, VOID.triples, ox.Literal(count)),
        ]
    for (class_, property_, value, is_datatype), count in values.items():
        part = ox.NamedNode(f"{PART}class-{_short(class_)}-{_short(property_)}")
        to = ox.NamedNode(f"{part.value}-{_short(value)}")
        quads += [
            ox.Quad(part, _EXT["datatypePartition"] if is_datatype else VOID.classPartition, to),
            ox.Quad(to, _EXT["datatype"] if is_datatype else VOID["class"], value),
            ox.Quad(to, VOID.triples, ox.Literal(count)),
        ]
    return quads


def schema(path: Path) -> list[ox.Triple]:
    """Return the classes of ours with their properties from void.ttl; empty where there is no file."""
    if not path.is_file():
        return []
    start = f"<{PART}class-ipr-"
    quads = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
    return [quad.triple for quad in quads if str(quad.subject).startswith(start)]


def _short(term: ox.NamedNode) -> str:
    """Return the name of a term's partition: ipr-Claim; a digest where the term has no prefix."""
    name = shorten(term.value)
    if re.fullmatch(r"[\w-]+:[\w-]+", name):
        return name.replace(":", "-")
    return hashlib.sha256(term.value.encode()).hexdigest()[:12]
