"""Whatever the graph holds, the pages show it as text: nothing breaks out of them."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from support.browsing import BROWSER, Document, show
from support.hostile import HOSTILE, hostile_graph
from support.serving import serving, small_release


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
