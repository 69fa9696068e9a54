"""A graph in which whatever can be hostile is."""

from __future__ import annotations

import pyoxigraph as ox

from iprgraph.namespaces import BASE

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;{{7*7}}"


def hostile_graph() -> str:
    """Write a graph in which whatever can be hostile is."""
    skos, ipr = "http://www.w3.org/2004/02/skos/core#", f"{BASE}ontology#"
    person, claim = ox.NamedNode(f"{BASE}id/person/mallory"), ox.NamedNode(f"{BASE}id/claim/bad")
    source = ox.NamedNode(f"{BASE}graph/source/bad")
    evil = ox.NamedNode("javascript:alert(document.domain)")

    def lit(text: str, language: str | None = "en") -> ox.Literal:
        return ox.Literal(text, language=language) if language else ox.Literal(text)

    facts: list[tuple[ox.NamedNode, str, object, ox.NamedNode]] = [
        (person, f"{skos}prefLabel", lit(HOSTILE), claim),
        (person, f"{skos}altLabel", lit(HOSTILE, "x-evil"), claim),
        (person, f"{skos}exactMatch", evil, claim),
        (person, "http://purl.org/dc/terms/identifier", lit(f"isni:{HOSTILE}", None), claim),
        (person, f"{ipr}value", ox.Literal(HOSTILE, datatype=ox.NamedNode(f"{BASE}type")), claim),
        (person, "http://example.org/?x=%22%3E%3Cscript%3E'", lit(HOSTILE), claim),
        (claim, f"{skos}prefLabel", lit(HOSTILE), source),
        (claim, f"{ipr}about", person, source),
        (claim, f"{ipr}attributedTo", evil, source),
        (claim, f"{ipr}saidOn", ox.Literal("2021-99-99", datatype=ox.NamedNode(
            "http://www.w3.org/2001/XMLSchema#date")), source),
        (claim, f"{ipr}evidence", ox.NamedNode(f"{BASE}id/passage/bad"), source),
        (ox.NamedNode(f"{BASE}id/passage/bad"), "https://schema.org/url", evil, source),
    ]  # fmt: skip
    a = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    quads = [ox.Quad(s, ox.NamedNode(p), o, g) for s, p, o, g in facts]
    quads.append(ox.Quad(person, a, ox.NamedNode(f"{ipr}Person"), claim))
    quads.append(ox.Quad(claim, a, ox.NamedNode(f"{ipr}Claim"), source))
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS).decode()
