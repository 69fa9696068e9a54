"""Run the W3C tests of SPARQL 1.1 Federated Query; the peers are engines with the tests' data."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from iprgraph.errors import PeerFailed, QueryRefused
from iprgraph.store.engine import Engine
from support.manifests import Case, cases, parameters, path_of, require
from support.results import expected, parsed

CASES = [c for c in cases("service/manifest.ttl") if c.kind == "QueryEvaluationTest"]

#: SERVICE ?variable is informative in the standard (section 4), and refused here.
REFUSED = {"service/service5"}


class Endpoints:
    """The endpoints that a test describes; others do not exist."""

    def __init__(self, case: Case) -> None:
        self._engines = {}
        for node in case.manifest.values(case.value("mf:action"), "qt:serviceData"):
            url = case.manifest.value(node, "qt:endpoint").value
            self._engines[url] = _engine(case.manifest.values(node, "qt:data"))

    def allows(self, url: str) -> bool:
        """Allow to try any."""
        return True

    def ask(self, url: str, query: str) -> tuple[str, bytes]:
        """Answer as the endpoint would."""
        if url not in self._engines:
            raise PeerFailed(url, "unreachable", "does not exist")
        answer = self._engines[url].query(query, peers=self)
        return answer.media_type, answer.body


def _engine(files: list[ox.NamedNode]) -> Engine:
    store, graph = ox.Store(), ox.NamedNode("urn:test:data")
    for file in files:
        form = ox.RdfFormat.TURTLE
        store.load(path=path_of(file), format=form, base_iri=file.value, to_graph=graph)
    return Engine(store)


def test_suite_is_whole() -> None:
    require(CASES, 7)
    assert {case.id for case in CASES} >= REFUSED


@pytest.mark.parametrize("case", parameters(CASES, {}))
def test_service(case: Case) -> None:
    action = case.value("mf:action")
    text = path_of(case.manifest.value(action, "qt:query")).read_text(encoding="utf-8")
    engine = _engine(case.manifest.values(action, "qt:data"))
    if case.id in REFUSED:
        with pytest.raises(QueryRefused, match="name its endpoint in full"):
            engine.query(text, peers=Endpoints(case))
        return
    answer = engine.query(text, peers=Endpoints(case))
    found = parsed(answer.body, ox.QueryResultsFormat.JSON)
    assert found == expected(path_of(case.value("mf:result")))
