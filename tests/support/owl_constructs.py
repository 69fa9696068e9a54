"""Each OWL construct that the rules know, with data and all that follows from them."""

from __future__ import annotations

import pyoxigraph as ox

from iprgraph.namespaces import PREFIXES

HEAD = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
HEAD += "PREFIX : <https://example.org/>\n"


def turtle(text: str) -> list[ox.Quad]:
    return list(ox.parse(HEAD + text, ox.RdfFormat.TURTLE))


#: Construct -> (axioms, data, all that follows).
CONSTRUCTS = {
    "rdfs:subClassOf": (":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .", ":x a :A .", ":x a :B , :C . :A rdfs:subClassOf :C ."),
    "rdfs:subPropertyOf": (":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r .", ":x :p 1 .", ":x :q 1 ; :r 1 . :p rdfs:subPropertyOf :r ."),
    "rdfs:domain": (":p rdfs:domain :A .", ":x :p :y .", ":x a :A ."),
    "rdfs:range": (":p rdfs:range :A .", ":x :p :y .", ":y a :A ."),
    "owl:inverseOf": (":p owl:inverseOf :q .", ":x :p :y . :z :q :w .", ":y :q :x . :w :p :z ."),
    "owl:TransitiveProperty": (":p a owl:TransitiveProperty .", ":x :p :y . :y :p :z .", ":x :p :z ."),
    "owl:SymmetricProperty": (":p a owl:SymmetricProperty .", ":x :p :y .", ":y :p :x ."),
    "owl:propertyChainAxiom": (":r owl:propertyChainAxiom ( :p :q ) .", ":x :p :y . :y :q :z .", ":x :r :z ."),
    "owl:equivalentClass": (":A owl:equivalentClass :B .", ":x a :A . :y a :B .", ":x a :B . :y a :A . :A rdfs:subClassOf :B . :B rdfs:subClassOf :A ."),
    "owl:equivalentProperty": (":p owl:equivalentProperty :q .", ":x :p 1 . :y :q 2 .", ":x :q 1 . :y :p 2 . :p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p ."),
    "owl:hasValue": (":A owl:equivalentClass [ owl:onProperty :p ; owl:hasValue :v ] .", ":x a :A . :y :p :v .", ":x :p :v . :y a :A ."),
    "owl:someValuesFrom": ("[ owl:onProperty :p ; owl:someValuesFrom :B ] rdfs:subClassOf :A .", ":x :p :y . :y a :B .", ":x a :A ."),
    "owl:someValuesFrom owl:Thing": ("[ owl:onProperty :p ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf :A .", ":x :p 1 .", ":x a :A ."),
    "owl:allValuesFrom": (":A rdfs:subClassOf [ owl:onProperty :p ; owl:allValuesFrom :B ] .", ":x a :A ; :p :y .", ":y a :B ."),
    "owl:intersectionOf": (":A owl:intersectionOf ( :B :C ) .", ":x a :B , :C . :y a :A .", ":x a :A . :y a :B , :C . :A rdfs:subClassOf :B , :C ."),
    "nested classes": ("[ owl:intersectionOf ( :B [ owl:onProperty :p ; owl:someValuesFrom [ owl:unionOf ( :C :D ) ] ] ) ] rdfs:subClassOf :A .", ":x a :B ; :p :y . :y a :D .", ":x a :A ."),
    "owl:oneOf": (":A owl:oneOf ( :x :y ) .", "", ":x a :A . :y a :A ."),
    "owl:hasKey": (":A owl:hasKey ( :p :q ) .", ":x a :A ; :p 1 ; :q 2 . :y a :A ; :p 1 ; :q 2 . :z a :A ; :p 1 ; :q 3 .", ":x owl:sameAs :y . :y owl:sameAs :x ."),
    "owl:maxCardinality": (":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 1 ] .", ":x a :A ; :p :y , :z .", ":y owl:sameAs :z . :z owl:sameAs :y ."),
    "owl:maxQualifiedCardinality": (":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxQualifiedCardinality 1 ; owl:onClass :B ] .", ":x a :A ; :p :y , :z , :w . :y a :B . :z a :B .", ":y owl:sameAs :z . :z owl:sameAs :y ."),
    "the same class": (":A rdfs:subClassOf :B .", ":x a :C . :C owl:sameAs :A .", ":x a :A , :B . :A owl:sameAs :C . :C rdfs:subClassOf :B ."),
    "owl:unionOf": (":A owl:unionOf ( :B :C ) .", ":x a :B .", ":x a :A . :B rdfs:subClassOf :A . :C rdfs:subClassOf :A ."),
    "owl:sameAs": ("", ":x owl:sameAs :y ; :p 1 .", ":y owl:sameAs :x ; :p 1 ."),
    "owl:InverseFunctionalProperty": (":p a owl:InverseFunctionalProperty .", ":x :p :v . :y :p :v .", ":x owl:sameAs :y . :y owl:sameAs :x ."),
    "owl:FunctionalProperty": (":p a owl:FunctionalProperty .", ":x :p :v , :w .", ":v owl:sameAs :w . :w owl:sameAs :v ."),
}  # fmt: skip
