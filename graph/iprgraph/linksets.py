"""Statistics of the graph as VoID: counts, class and property partitions, and linksets per target.

https://www.w3.org/TR/void/
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from urllib.parse import urlsplit

import pyoxigraph as ox

from iprgraph.content import INFERRED
from iprgraph.namespaces import (
    BASE,
    DCTERMS,
    FOAF,
    ID,
    OWL,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    VOID,
    shorten,
)
from iprgraph.syntax import used_prefixes

#: Where the parts of void.ttl have their IRIs.
PART = f"{BASE}void#"

#: Predicates that lead out of the graph to the same, or a related, thing elsewhere.
LINKS = (
    OWL.sameAs,
    RDFS.seeAlso,
    SCHEMA.sameAs,
    SKOS.broadMatch,
    SKOS.closeMatch,
    SKOS.exactMatch,
)

#: Names of the datasets we link to, by their hosts; other hosts go by their own name.
TARGETS = {
    "www.wikidata.org": "Wikidata",
    "sws.geonames.org": "GeoNames",
    "ror.org": "Research Organization Registry (ROR)",
    "isni.org": "International Standard Name Identifier (ISNI)",
    "eurovoc.europa.eu": "EuroVoc",
    "publications.europa.eu": "EU authority tables",
    "dbpedia.org": "DBpedia",
    "en.wikipedia.org": "English Wikipedia",
    "id.loc.gov": "Library of Congress authorities",
    "qudt.org": "QUDT units",
    "www.ontology-of-units-of-measure.org": "Ontology of units of Measure",
    "www.wipo.int": "WIPO",
    "wipolex.wipo.int": "WIPO Lex",
}


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


def linksets(node: ox.NamedNode, quads: list[ox.Quad]) -> list[ox.Quad]:
    """Describe the asserted links out, one linkset for each target host and predicate."""
    counts: Counter[tuple[str, ox.NamedNode]] = Counter()
    links = {
        (quad.subject, quad.predicate, quad.object)
        for quad in quads
        if quad.predicate in LINKS and quad.graph_name != INFERRED and quad.subject in ID
    }
    for _, predicate, target in links:
        if isinstance(target, ox.NamedNode) and not target.value.startswith(BASE):
            counts[urlsplit(target.value).hostname or target.value, predicate] += 1
    found = []
    for (host, predicate), count in counts.items():
        slug = re.sub(r"[^a-z0-9]+", "-", host.lower())
        target = ox.NamedNode(f"{PART}target-{slug}")
        name = predicate.value.rsplit("#")[-1].rsplit("/")[-1]
        part = ox.NamedNode(f"{PART}links-{slug}-{name}")
        title = TARGETS.get(host, host)
        found += [
            ox.Quad(node, VOID.subset, part),
            ox.Quad(part, RDF.type, VOID.Linkset),
            ox.Quad(part, DCTERMS.title, ox.Literal(f"Links to {title}", language="en")),
            ox.Quad(part, VOID.subjectsTarget, node),
            ox.Quad(part, VOID.objectsTarget, target),
            ox.Quad(part, VOID.linkPredicate, predicate),
            ox.Quad(part, VOID.triples, ox.Literal(count)),
            ox.Quad(target, RDF.type, VOID.Dataset),
            ox.Quad(target, DCTERMS.title, ox.Literal(title, language="en")),
            ox.Quad(target, FOAF.homepage, ox.NamedNode(f"https://{host}/")),
        ]
    return list(dict.fromkeys(found))


def _short(term: ox.NamedNode) -> str:
    """Name a partition after its term: ipr-Claim; a digest where the term has no prefix."""
    name = shorten(term.value)
    if re.fullmatch(r"[\w-]+:[\w-]+", name):
        return name.replace(":", "-")
    return hashlib.sha256(term.value.encode()).hexdigest()[:12]
