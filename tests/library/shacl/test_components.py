"""Every constraint component and property path, on random values, reports what pySHACL reports."""

from __future__ import annotations

import random

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import PREFIXES
from support.shacl import ODD, same, turtle

#: One shape for each constraint component, and some that hold others; ?p is read on each.
COMPONENTS = [
    "sh:class <urn:C>", "sh:datatype xsd:integer", "sh:datatype xsd:decimal", "sh:datatype xsd:date",
    "sh:datatype xsd:string", "sh:datatype xsd:nonNegativeInteger", "sh:datatype rdf:langString",
    "sh:datatype xsd:boolean", "sh:datatype xsd:dateTime", "sh:datatype xsd:double",
    "sh:nodeKind sh:IRI", "sh:nodeKind sh:BlankNodeOrLiteral", "sh:minCount 2", "sh:maxCount 1",
    "sh:minCount 7", "sh:maxCount 0", "sh:minInclusive 1", "sh:maxExclusive 1.0", "sh:minExclusive 0.5",
    "sh:maxInclusive '2021-06-01'^^xsd:date", "sh:minLength 1", "sh:maxLength 3", "sh:minLength 0",
    "sh:pattern '^[0-9]+$'", "sh:pattern '^https?://'", "sh:pattern 'A' ; sh:flags 'i'",
    "sh:pattern '\\\\w'", "sh:languageIn ( 'en' )", "sh:uniqueLang true", "sh:equals <urn:q>",
    "sh:disjoint <urn:q>", "sh:lessThan <urn:q>", "sh:lessThanOrEquals <urn:q>", "sh:hasValue <urn:x>",
    "sh:hasValue '01'^^xsd:integer", "sh:in ( 1 '0.50'^^xsd:decimal <urn:x> 'a'@en )",
    "sh:not [ sh:datatype xsd:integer ]", "sh:not [ sh:pattern '^line$' ]",
    "sh:and ( [ sh:nodeKind sh:Literal ] [ sh:minLength 1 ] )",
    "sh:or ( [ sh:nodeKind sh:IRI ] [ sh:minInclusive 1 ] )",
    "sh:xone ( [ sh:nodeKind sh:Literal ] [ sh:minLength 2 ] [ sh:class <urn:C> ] )",
    "sh:node [ sh:property [ sh:path <urn:q> ; sh:minCount 1 ] ]",
    "sh:node [ sh:closed true ; sh:ignoredProperties ( rdf:type ) ; sh:property [ sh:path <urn:q> ] ]",
    "sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMinCount 2",
    "sh:qualifiedValueShape [ sh:not [ sh:minInclusive 1 ] ] ; sh:qualifiedMaxCount 1",
]  # fmt: skip


PATHS = [
    "<urn:p>",
    "[ sh:inversePath <urn:p> ]",
    "( <urn:p> <urn:q> )",
    "[ sh:alternativePath ( <urn:p> <urn:q> ) ]",
    "[ sh:zeroOrMorePath <urn:p> ]",
    "[ sh:oneOrMorePath <urn:p> ]",
    "[ sh:zeroOrOnePath ( <urn:p> [ sh:inversePath <urn:q> ] ) ]",
]


def test_components_are_collected() -> None:
    assert len(COMPONENTS) == 45


@pytest.mark.parametrize("path", PATHS)
def test_components_on_random_values(path: str) -> None:
    shapes = turtle(
        "".join(
            f"<urn:s{n}> a sh:PropertyShape ; sh:targetNode <urn:n0> , <urn:gone> , 'a' ; "
            f"sh:targetClass <urn:C> ; sh:targetObjectsOf <urn:q> ; sh:path {path} ; {text} .\n"
            for n, text in enumerate(COMPONENTS)
        )
    )
    rng = random.Random(len(path))
    nodes = [*(ox.NamedNode(f"urn:n{n}") for n in range(6)), ox.NamedNode("urn:x")]
    # pySHACL refuses to compare blank nodes, so there are none here.
    odd = [quad.object for quad in ODD if not isinstance(quad.object, ox.BlankNode)]
    values = [*odd, *nodes, *nodes]
    p, q, a = ox.NamedNode("urn:p"), ox.NamedNode("urn:q"), ox.NamedNode(PREFIXES["rdf"] + "type")
    sub = ox.NamedNode(PREFIXES["rdfs"] + "subClassOf")
    data = [ox.Quad(ox.NamedNode("urn:D"), sub, ox.NamedNode("urn:C"))]
    for node in nodes:
        data += [ox.Quad(node, p, v) for v in rng.sample(values, rng.randrange(4))]
        data += [ox.Quad(node, q, v) for v in rng.sample(values, rng.randrange(4))]
        if rng.random() < 0.6:
            data.append(ox.Quad(node, a, ox.NamedNode(rng.choice(["urn:C", "urn:D", "urn:E"]))))
    same(data, shapes)
