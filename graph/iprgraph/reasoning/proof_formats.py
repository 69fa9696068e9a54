"""Explained proofs as text, and as PROV in RDF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from iprgraph.namespaces import DCTERMS, PROV, RDF, RDFS

#: The section of the standard that defines the rules.
STANDARD = "https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules"

_WORDS = {
    "en": {"because": "because", "and": "and", "stated": "stated in", "said": "said by", "on": "on", "colon": ": "},
    "zh": {"because": "因为", "and": "且", "stated": "载于", "said": "出自", "on": "日期", "colon": "："},
}  # fmt: skip


def text(explanation: dict[str, Any], language: str = "en") -> str:
    """Return a proof as indented lines: each conclusion, its rule, and its premises."""
    return "\n".join(_lines(explanation, language, "", "")) + "\n"


def _lines(explanation: dict[str, Any], language: str, indent: str, lead: str) -> Iterator[str]:
    words = _WORDS[language]
    yield f"{indent}{lead}{explanation['text'][language]}"
    inner = indent + "  "
    for graph in explanation.get("stated_in", ()):
        yield from _source_lines(graph, language, inner)
    if "rule" in explanation:
        rule = explanation["rule"]
        basis = dict.fromkeys(
            g["name"][language]
            for a in explanation["axioms"]
            for g in a.get("stated_in", ())
            if "name" in g
        )
        rule_and_graphs = "; ".join([rule["name"], *basis])
        yield f"{inner}{words['because']} {rule['text'][language]} [{rule_and_graphs}]"
        inferred = [axiom for axiom in explanation["axioms"] if axiom.get("because")]
        for premise in (*explanation["because"], *inferred):
            yield from _lines(premise, language, inner, f"{words['and']} ")


def _source_lines(graph: dict[str, Any], language: str, indent: str) -> Iterator[str]:
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


def quads(explanation: dict[str, Any]) -> list[ox.Quad]:
    """Return a proof as PROV: each triple is an entity derived from its premises.

    A triple is an rdf:Statement; the activity that generated it has the rule's name.
    """
    result: dict[ox.Quad, None] = {}
    _describe(explanation, result, {})
    return list(result)


def _describe(
    explanation: dict[str, Any],
    result: dict[ox.Quad, None],
    nodes: dict[tuple[str, ...], ox.BlankNode],
) -> ox.BlankNode:
    key = tuple(explanation["triple"].values())
    if key in nodes:
        return nodes[key]
    node = nodes[key] = ox.BlankNode(f"s{len(nodes)}")

    def add(subject: ox.BlankNode, p: ox.NamedNode, o: Any) -> None:
        result[ox.Quad(subject, p, o)] = None

    s, p, o = (_term(part) for part in key)
    for predicate, value in (
        (RDF.type, RDF.Statement), (RDF.type, PROV.Entity), (RDF.subject, s), (RDF.predicate, p), (RDF.object, o),
    ):  # fmt: skip
        add(node, predicate, value)
    for language, words in explanation["text"].items():
        add(node, RDFS.label, ox.Literal(words, language=language))
    for graph in explanation.get("stated_in", ()):
        add(node, PROV.wasQuotedFrom, ox.NamedNode(graph["graph"]))
        for address in (graph.get("claim") or {}).get("passages", ()):
            add(node, PROV.hadPrimarySource, ox.NamedNode(address))
    if "rule" in explanation:
        activity = ox.BlankNode(f"{node.value}a")
        add(node, PROV.wasGeneratedBy, activity)
        add(activity, RDF.type, PROV.Activity)
        add(activity, DCTERMS.identifier, ox.Literal(explanation["rule"]["name"]))
        add(activity, RDFS.seeAlso, ox.NamedNode(STANDARD))
        for language, words in explanation["rule"]["text"].items():
            add(activity, RDFS.label, ox.Literal(words, language=language))
        for premise in (*explanation["because"], *explanation["axioms"]):
            used = _describe(premise, result, nodes)
            add(activity, PROV.used, used)
            add(node, PROV.wasDerivedFrom, used)
    return node


def _term(written: str) -> Any:
    quad = next(iter(ox.parse(f"<urn:s> <urn:p> {written} .", ox.RdfFormat.N_TRIPLES)))
    return quad.object
