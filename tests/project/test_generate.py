"""Generated graphs: as large as asked, the same for the same seed, and in the ontology's words."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from generate import generate, main
from iprgraph.content.loader import Content, load
from iprgraph.namespaces import IPR, RDF


@pytest.mark.parametrize("triples", [1_000, 30_000, 100_000])
def test_a_graph_is_about_as_large_as_asked(triples: int) -> None:
    count = sum(1 for _ in generate(triples))
    # The countries and indicators are there whatever the size.
    assert 0.9 * triples <= count <= 1.1 * triples + 800


def test_the_seed_decides(tmp_path: Path) -> None:
    assert list(generate(5_000, 7)) == list(generate(5_000, 7))
    assert list(generate(5_000, 7)) != list(generate(5_000, 8))


def test_it_uses_the_ontology_only() -> None:
    quads = list(ox.parse("".join(generate(5_000)).encode(), ox.RdfFormat.N_QUADS))
    assert sum(q.predicate == RDF.type and q.object == IPR.Claim for q in quads) > 100
    known = {
        q.subject.value
        for q in load(Content.bundled()).quads
        if isinstance(q.subject, ox.NamedNode)
    }
    own = {
        term.value
        for q in quads
        for term in (q.predicate, q.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(IPR.iri)
    }
    assert len(own) > 10
    assert own <= known


def test_the_program_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "graph.nq"
    main(["--triples", "2000", "--seed", "3", "--out", str(file)])
    assert file.read_text("utf-8") == "".join(generate(2_000, 3))
