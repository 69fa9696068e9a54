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
    statements: dict[str, list[Term]]

    @property
    def anchor(self) -> str:
        """Return the fragment by which a link finds the term on its page."""
        return self.iri.value.rpartition("#")[2].rpartition("/")[2]

    def texts(self, compact: str) -> list[ox.Literal]:
        """Return the texts of a property, English before Chinese."""
        terms = [t for t in self.statements.get(expand(compact), ()) if isinstance(t, ox.Literal)]
        order = {tag: i for i, tag in enumerate(LANGUAGES)}
        return sorted(terms, key=lambda text: order.get(text.language or "", len(order)))

    def linked(self, compact: str) -> list[ox.NamedNode]:
        """Return the IRIs that are values of a property."""
        terms = [t for t in self.statements.get(expand(compact), ()) if isinstance(t, ox.NamedNode)]
        return sorted(terms, key=str)

    @property
    def is_class(self) -> bool:
        """Check whether the term is a class."""
        return ox.NamedNode(expand("owl:Class")) in self.statements.get(RDF.type.value, ())

    @property
    def is_property(self) -> bool:
        """Check whether the term is a property."""
        return any(t.value in _PROPERTIES for t in self.statements.get(RDF.type.value, ()))


def read_ontology(graph: GraphReader) -> tuple[list[VocabularyTerm], Names]:
    """Return our own terms, classes first, and the names of what their axioms mention."""
    rows = graph.select(
        "SELECT ?s ?p ?o WHERE { VALUES ?g { graph:ontology graph:alignment } "
        "GRAPH ?g { ?s ?p ?o } "
        f'FILTER(STRSTARTS(STR(?s), "{PREFIXES["ipr"]}")) }}'
    )
    terms = [term for term in _terms(rows) if term.is_class or term.is_property]
    terms.sort(key=lambda term: (not term.is_class, term.iri.value.casefold()))
    return terms, find_names(graph, _named(terms, AXIOMS))


def count_terms(graph: GraphReader, terms: list[VocabularyTerm]) -> dict[str, int]:
    """Return by term how many instances a class has, or how many statements use a property."""
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
    """Return by class the properties of which it is the domain or the range."""
    properties: dict[ox.NamedNode, list[ox.NamedNode]] = {}
    for term in terms:
        for cls in term.linked(axiom):
            properties.setdefault(cls, []).append(term.iri)
    return properties


def group_shapes(
    shapes: list[VocabularyTerm],
) -> list[tuple[ox.NamedNode | None, list[VocabularyTerm]]]:
    """Return shapes by their target class: our classes first, by name; shapes without one last."""
    groups: dict[ox.NamedNode | None, list[VocabularyTerm]] = {}
    for shape in shapes:
        groups.setdefault(next(iter(shape.linked("sh:targetClass")), None), []).append(shape)

    def place(cls: ox.NamedNode | None) -> tuple[bool, bool, str]:
        return cls is None, not str(cls).startswith(f"<{PREFIXES['ipr']}"), str(cls)

    return sorted(groups.items(), key=lambda item: place(item[0]))


def read_shapes(graph: GraphReader) -> tuple[list[VocabularyTerm], Names]:
    """Return the shapes that have a name, and the names of their targets and paths."""
    rows = graph.select(
        "SELECT ?s ?p ?o WHERE { GRAPH graph:shapes { ?s sh:name ?name ; ?p ?o } "
        "FILTER(isIRI(?s)) }"
    )
    shapes = _terms(rows)
    shapes.sort(key=lambda shape: shape.iri.value)
    return shapes, find_names(graph, _named(shapes, RULES))


def has_shape(graph: GraphReader, name: str) -> bool:
    """Check whether there is a shape of that name."""
    shape = ox.NamedNode(f"{BASE}shape/{name}")
    return graph.ask(f"ASK {{ GRAPH graph:shapes {{ {shape} sh:name ?name }} }}")


def _terms(rows: Iterable[Row]) -> list[VocabularyTerm]:
    terms: dict[Term, VocabularyTerm] = {}
    for row in rows:
        subject, predicate, value = row["s"], row["p"].value, row["o"]
        if isinstance(subject, ox.NamedNode):
            objects = terms.setdefault(subject, VocabularyTerm(subject, {})).statements.setdefault(
                predicate, []
            )
            if value not in objects:
                objects.append(value)
    return list(terms.values())


def _named(terms: Iterable[VocabularyTerm], properties: Iterable[str]) -> list[ox.NamedNode]:
    terms = list(terms)
    own = [term.iri for term in terms]
    return own + [t for term in terms for p in properties for t in term.linked(p)]
