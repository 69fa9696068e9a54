"""Write explained proofs down: as text to read, as PROV in RDF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import DCTERMS, PROV, RDF, RDFS

#: Where the rules are defined.
STANDARD = "https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules"

_WORDS = {
    "en": {"because": "because", "and": "and", "stated": "stated in", "said": "said by", "on": "on", "colon": ": "},
    "zh": {"because": "因为", "and": "且", "stated": "载于", "said": "出自", "on": "日期", "colon": "："},
}  # fmt: skip


def text(told: dict[str, Any], language: str = "en") -> str:
    """Write a proof as indented lines: each conclusion, why, and what that rests on."""
    return "\n".join(_lines(told, language, "", "")) + "\n"


def _lines(told: dict[str, Any], language: str, indent: str, lead: str) -> Iterator[str]:
    words = _WORDS[language]
    yield f"{indent}{lead}{told['text'][language]}"
    inner = indent + "  "
    for graph in told.get("stated_in", ()):
        yield from _stated(graph, language, inner)
    if "rule" in told:
        rule = told["rule"]
        basis = dict.fromkeys(
            g["name"][language]
            for a in told["axioms"]
            for g in a.get("stated_in", ())
            if "name" in g
        )
        known = "; ".join([rule["name"], *basis])
        yield f"{inner}{words['because']} {rule['text'][language]} [{known}]"
        inferred = [axiom for axiom in told["axioms"] if axiom.get("because")]
        for premise in (*told["because"], *inferred):
            yield from _lines(premise, language, inner, f"{words['and']} ")


def _stated(graph: dict[str, Any], language: str, indent: str) -> Iterator[str]:
    words = _WORDS[language]
    claim = graph.get("claim")
    if claim is None:
        yield f"{indent}{words['stated']} {graph['name'][language]}"
        return
    speakers = ", ".join(agent["name"][language] for agent in claim["attributed_to"])
    day = f" {words['on']} {claim['said_on']}" if claim["said_on"] else ""
    yield f"{indent}{words['said']} {speakers}{day}{words['colon']}{claim['name'][language]}"
    for address in claim["passages"]:
        yield f"{indent}  {address}"


def quads(told: dict[str, Any]) -> list[ox.Quad]:
    """Write a proof as PROV: each triple an entity, derived from those it rests on.

    A statement is an rdf:Statement; what generated it is an activity that bears the rule's name.
    """
    found: dict[ox.Quad, None] = {}
    _describe(told, found, {})
    return list(found)


def _describe(
    told: dict[str, Any], found: dict[ox.Quad, None], known: dict[tuple[str, ...], ox.BlankNode]
) -> ox.BlankNode:
    key = tuple(told["triple"].values())
    if key in known:
        return known[key]
    node = known[key] = ox.BlankNode(f"s{len(known)}")

    def add(subject: ox.BlankNode, p: ox.NamedNode, o: Any) -> None:
        found[ox.Quad(subject, p, o)] = None

    s, p, o = (_term(part) for part in key)
    for predicate, value in (
        (RDF.type, RDF.Statement), (RDF.type, PROV.Entity), (RDF.subject, s), (RDF.predicate, p), (RDF.object, o),
    ):  # fmt: skip
        add(node, predicate, value)
    for language, words in told["text"].items():
        add(node, RDFS.label, ox.Literal(words, language=language))
    for graph in told.get("stated_in", ()):
        add(node, PROV.wasQuotedFrom, ox.NamedNode(graph["graph"]))
        for address in (graph.get("claim") or {}).get("passages", ()):
            add(node, PROV.hadPrimarySource, ox.NamedNode(address))
    if "rule" in told:
        activity = ox.BlankNode(f"{node.value}a")
        add(node, PROV.wasGeneratedBy, activity)
        add(activity, RDF.type, PROV.Activity)
        add(activity, DCTERMS.identifier, ox.Literal(told["rule"]["name"]))
        add(activity, RDFS.seeAlso, ox.NamedNode(STANDARD))
        for language, words in told["rule"]["text"].items():
            add(activity, RDFS.label, ox.Literal(words, language=language))
        for premise in (*told["because"], *told["axioms"]):
            used = _describe(premise, found, known)
            add(activity, PROV.used, used)
            add(node, PROV.wasDerivedFrom, used)
    return node


def _term(written: str) -> Any:
    quad = next(iter(ox.parse(f"<urn:s> <urn:p> {written} .", ox.RdfFormat.N_TRIPLES)))
    return quad.object
