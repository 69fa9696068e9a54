"""Statistics of the graph as VoID: counts, class and property partitions.

https://www.w3.org/TR/void/
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pyoxigraph as ox

from iprgraph.namespaces import BASE, ID, RDF, VOID, shorten
from iprgraph.syntax import used_prefixes

#: Where the parts of void.ttl have their IRIs.
PART = f"{BASE}void#"


def statistics(node: ox.NamedNode, triples: list[ox.Quad]) -> list[ox.Quad]:
    """Count the union graph in whole, by class and by property."""
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
    found = [ox.Quad(node, predicate, ox.Literal(count)) for predicate, count in counts.items()]
    for iri in used_prefixes(triples).values():
        if not iri.startswith((ID.iri, f"{BASE}graph/")):
            found.append(ox.Quad(node, VOID.vocabulary, ox.NamedNode(iri)))
    for class_, members in classes.items():
        part = ox.NamedNode(f"{PART}class-{_short(class_)}")
        found += [
            ox.Quad(node, VOID.classPartition, part),
            ox.Quad(part, VOID["class"], class_),
            ox.Quad(part, VOID.entities, ox.Literal(len(members))),
        ]
    for property_, count in properties.items():
        part = ox.NamedNode(f"{PART}property-{_short(property_)}")
        found += [
            ox.Quad(node, VOID.propertyPartition, part),
            ox.Quad(part, VOID.property, property_),
            ox.Quad(part, VOID.triples, ox.Literal(count)),
        ]
    return found


def _short(term: ox.NamedNode) -> str:
    """Name a partition after its term: ipr-Claim; a digest where the term has no prefix."""
    name = shorten(term.value)
    if re.fullmatch(r"[\w-]+:[\w-]+", name):
        return name.replace(":", "-")
    return hashlib.sha256(term.value.encode()).hexdigest()[:12]
