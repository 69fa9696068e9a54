"""Whatever the graph holds, the pages show it as text: nothing breaks out of them."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from iprgraph.namespaces import BASE
from support.browsing import BROWSER, Document, show
from support.serving import serving, small_release

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


def test_hostile_data_stay_data(tmp_path: Path) -> None:
    folder = small_release(tmp_path / "release", hostile_graph())
    with serving(folder, tmp_path / "run", token="") as running:
        site = running.client()
        for path in ("/page/person/mallory", "/page/claim/bad", "/page/person/", "/page/claim/",
                     "/graph/source/bad", "/"):  # fmt: skip
            reply = site("GET", path, headers=BROWSER)
            assert reply.status == 200, path
            page = Document(reply)
            scripts = [s for s in page.all("script") if s.get("type") != "application/ld+json"]
            assert len(scripts) <= 1 and len(page.all("img")) == 1
            assert all(script["src"].startswith("/static/web/site.js?v=") for script in scripts)
            assert not [
                n for _, attributes in page.elements for n in attributes if n.startswith("on")
            ]
            for attributes in (*page.all("a"), *page.all("link")):
                assert not attributes["href"].lower().startswith("javascript")
            assert "49" not in page.text or path == "/"
        assert HOSTILE in show(site, "/page/person/mallory").text
        for suffix in ("ttl", "rdf", "jsonld", "nt", "trig", "nq"):
            form = ox.RdfFormat.from_extension(suffix)
            values = {
                q.object.value
                for q in ox.parse(site.get(f"/data/person/mallory.{suffix}").body, form)
            }
            assert HOSTILE in values, suffix
        site.close()
