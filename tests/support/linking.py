"""A small dataset of others to link to, and how proposed links are read."""

from __future__ import annotations

from iprgraph.linking.scoring import Pair

#: Another dataset: who is who is not said in it, but for the comments here.
THEIRS = """
PREFIX dbo: <http://dbpedia.org/ontology/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <http://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX : <https://other.example/>
:ministry a schema:GovernmentOrganization ; rdfs:label "Ministry of Foreign Afairs of the PRC"@en , "中华人民共和国外交部"@zh .
:wang a schema:Person ; schema:name "Wenbin Wang" ; schema:birthDate "1971" .
:tang a schema:Person ; schema:name "邓鸿森" .
:city a dbo:City ; rdfs:label "China"@en .
:pct a schema:Legislation ; skos:prefLabel "PCT"@en .
:nations a schema:Organization ; rdfs:label "United Nations"@en .
:gurry a dbo:City ; rdfs:label "Francis Gurry"@en .
:russia a dbo:Country ; rdfs:label "Russian Federation"@en .
"""


def none(_ours: str, _theirs: str) -> bool:
    return False


def by_theirs(pairs: list[Pair]) -> dict[str, Pair]:
    return {pair.theirs.iri.removeprefix("https://other.example/"): pair for pair in pairs}


def reasons(pair: Pair) -> dict[str, float]:
    return {feature.name: feature.points for feature in pair.features}
