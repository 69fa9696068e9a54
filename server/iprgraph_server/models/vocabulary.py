"""Read the ontology and the shapes for their pages, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from iprgraph.namespaces import BASE, PREFIXES, RDF, expand
from iprgraph.rdf.query_results import Row, Term, values
from iprgraph_server.i18n.catalogue import LANGUAGES
from iprgraph_server.models.graph_reader import GraphReader
from iprgraph_server.models.labels import Names, find_names

#: Axioms that the page of the ontology shows, in this order.
AXIOMS = (
    "rdfs:subClassOf", "rdfs:subPropertyOf", "rdfs:domain", "rdfs:range", "owl:inverseOf",
    "owl:disjointWith", "owl:equivalentClass", "owl:equivalentProperty", "skos:closeMatch",
)  # fmt: skip

#: What the page of the shapes shows beside their texts.
RULES = ("sh:targetClass", "sh:targetNode", "sh:targetSubjectsOf", "sh:targetObjectsOf", "sh:path")

_PROPERTIES = {expand("owl:ObjectProperty"), expand("owl:DatatypeProperty")}


@dataclass
class VocabularyTerm:
    """A term or a shape: its statements by property."""

    iri: ox.NamedNode
    told: dict[str, list[Term]]

    @property
    def anchor(self) -> str:
        """Give the name by which a link finds the entry on its page."""
        return self.iri.value.rpartition("#")[2].rpartition("/")[2]

    def texts(self, compact: str) -> list[ox.Literal]:
        """Give the texts of a property, English before Chinese."""
        found = [t for t in self.told.get(expand(compact), ()) if isinstance(t, ox.Literal)]
        order = {tag: i for i, tag in enumerate(LANGUAGES)}
        return sorted(found, key=lambda text: order.get(text.language or "", len(order)))

    def linked(self, compact: str) -> list[ox.NamedNode]:
        """Give the IRIs that a property names."""
        found = [t for t in self.told.get(expand(compact), ()) if isinstance(t, ox.NamedNode)]
        return sorted(found, key=str)

    @property
    def is_class(self) -> bool:
        """Tell a class from a property."""
        return ox.NamedNode(expand("owl:Class")) in self.told.get(RDF.type.value, ())

    @property
    def is_property(self) -> bool:
        """Tell a property from other entries."""
        return any(t.value in _PROPERTIES for t in self.told.get(RDF.type.value, ()))


def read_ontology(graph: GraphReader) -> tuple[list[VocabularyTerm], Names]:
    """Read the own terms, classes first, with the names of what they are tied to."""
    rows = graph.select(
        "SELECT ?s ?p ?o WHERE { VALUES ?g { graph:ontology graph:alignment } "
        "GRAPH ?g { ?s ?p ?o } "
        f'FILTER(STRSTARTS(STR(?s), "{PREFIXES["ipr"]}")) }}'
    )
    terms = [entry for entry in _entries(rows) if entry.is_class or entry.is_property]
    terms.sort(key=lambda entry: (not entry.is_class, entry.iri.value.casefold()))
    return terms, find_names(graph, _named(terms, AXIOMS))


def count_terms(graph: GraphReader, terms: list[VocabularyTerm]) -> dict[str, int]:
    """Count the instances of classes, and the statements that use properties."""
    classes = values("term", (term.iri for term in terms if term.is_class))
    properties = values("term", (term.iri for term in terms if term.is_property))
    rows = graph.select(
        "SELECT ?term ?n WHERE { { SELECT ?term (COUNT(DISTINCT ?s) AS ?n) "
        f"WHERE {{ {classes} ?s a ?term }} GROUP BY ?term }} UNION "
        "{ SELECT ?term (COUNT(*) AS ?n) "
        f"WHERE {{ {properties} ?s ?term ?o }} GROUP BY ?term }} }}"
    )
    return {row["term"].value: int(row["n"].value) for row in rows if "term" in row}


def by_class(terms: list[VocabularyTerm], axiom: str) -> dict[ox.NamedNode, list[ox.NamedNode]]:
    """Give the properties that name each class as their domain or range."""
    found: dict[ox.NamedNode, list[ox.NamedNode]] = {}
    for term in terms:
        for cls in term.linked(axiom):
            found.setdefault(cls, []).append(term.iri)
    return found


def group_shapes(
    shapes: list[VocabularyTerm],
) -> list[tuple[ox.NamedNode | None, list[VocabularyTerm]]]:
    """Group shapes by the class that they are for: our own first, by name; those for none last."""
    found: dict[ox.NamedNode | None, list[VocabularyTerm]] = {}
    for shape in shapes:
        found.setdefault(next(iter(shape.linked("sh:targetClass")), None), []).append(shape)

    def place(cls: ox.NamedNode | None) -> tuple[bool, bool, str]:
        return cls is None, not str(cls).startswith(f"<{PREFIXES['ipr']}"), str(cls)

    return sorted(found.items(), key=lambda item: place(item[0]))


def read_shapes(graph: GraphReader) -> tuple[list[VocabularyTerm], Names]:
    """Read the shapes that have a name, with the names of what they are about."""
    rows = graph.select(
        "SELECT ?s ?p ?o WHERE { GRAPH graph:shapes { ?s sh:name ?name ; ?p ?o } "
        "FILTER(isIRI(?s)) }"
    )
    shapes = _entries(rows)
    shapes.sort(key=lambda entry: entry.iri.value)
    return shapes, find_names(graph, _named(shapes, RULES))


def has_shape(graph: GraphReader, name: str) -> bool:
    """Tell whether there is a shape of that name."""
    shape = ox.NamedNode(f"{BASE}shape/{name}")
    return graph.ask(f"ASK {{ GRAPH graph:shapes {{ {shape} sh:name ?name }} }}")


def _entries(rows: Iterable[Row]) -> list[VocabularyTerm]:
    found: dict[Term, VocabularyTerm] = {}
    for row in rows:
        subject, predicate, value = row["s"], row["p"].value, row["o"]
        if isinstance(subject, ox.NamedNode):
            told = found.setdefault(subject, VocabularyTerm(subject, {})).told.setdefault(
                predicate, []
            )
            if value not in told:
                told.append(value)
    return list(found.values())


def _named(entries: Iterable[VocabularyTerm], properties: Iterable[str]) -> list[ox.NamedNode]:
    entries = list(entries)
    own = [entry.iri for entry in entries]
    return own + [t for entry in entries for p in properties for t in entry.linked(p)]
