"""The Python client: a folder, a file and a server alike; the documents' examples and the notebook run."""

from __future__ import annotations

import ast
import datetime
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from rdflib import Dataset, Graph, URIRef

import iprgraph
from iprgraph.client.client import Client
from iprgraph.client.results import frame, read
from iprgraph.errors import (
    IprGraphError,
    QueryRefused,
    QuerySyntaxError,
    ReleaseError,
    ServerFailed,
    SyntaxProblem,
    UsageError,
)
from iprgraph.release.release import Release
from support.paths import DOCS
from support.serving import Running, free_port

#: What rdflib's Dataset warns of in its own code.
RDFLIBS_OWN = pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning:rdflib")
WIPO = "https://w3id.org/iprgraph/id/organization/wipo"


@pytest.fixture(params=["folder", "server", "dump"])
def graph(request: pytest.FixtureRequest, release: Release) -> Client:
    """Open the bundled release in each way."""
    if request.param == "server":
        running: Running = request.getfixturevalue("release_server")
        return iprgraph.open(f"http://127.0.0.1:{running.port}/")
    return iprgraph.open(release.dir / ("" if request.param == "folder" else "iprgraph.trig"))


def test_claims_are_the_same_from_everywhere(graph: Client, release: Release) -> None:
    claims = graph.claims_about("organization:wipo")
    assert graph.release in {release.id, "iprgraph.trig"}
    local = iprgraph.open(release.dir).claims_about(WIPO)
    assert [c.iri for c in claims] == [c.iri for c in local] and len(claims) >= 8
    [claim] = [c for c in claims if c.iri.endswith("/gt1238517-cooperation-lead")]
    assert claim.said_on == datetime.date(2021, 11, 9) and claim.modality == "plan"
    assert claim.passages == tuple(graph.evidence(claim)) == tuple(graph.evidence(claim.iri))
    assert claim.link in claim.cite() and graph.release in claim.cite()
    assert "#:~:text=" in claim.link and claim.iri in claim.cite()
    starts = [c.passages[0].start for c in claims if c.passages[0].start is not None]
    assert starts == sorted(starts)


def test_checks_are_found_by_whatever_they_are_of(graph: Client) -> None:
    of = ["check:rd-expenditure-2020", "claim:gt1238517-rd-expenditure-yuan",
          "observation:gt1238517-rd-expenditure-yuan", "claim:nbs-rd-expenditure-2020-final"]  # fmt: skip
    found = [graph.check(what) for what in of]
    assert all("superseded" in {check.verdict for check in checks} for checks in found)
    [check] = found[1]
    assert check.claimed == 2443000000000 and check.difference == 3690000000
    assert [c.iri for c in check.claims] == [
        "https://w3id.org/iprgraph/id/claim/gt1238517-rd-expenditure-yuan"
    ]
    assert check.against[0].link.startswith("http://www.stats.gov.cn/")
    assert len(graph.check("country:china")) > 10
    assert graph.check("topic:nothing") == []


def test_facts_come_with_their_claims(graph: Client) -> None:
    told = graph.describe("organization:wipo")
    assert told.name == "World Intellectual Property Organization" and not told.cut
    assert "org:Organization" in told.types and len(told.facts) > 10
    assert all(fact.claim.source_name and fact.claim.passages for fact in told.facts)
    assert {fact.is_inverse for fact in told.facts} == {True, False}
    cut = graph.describe(WIPO, limit=3)
    assert cut.cut and len(cut.facts) == 3
    with pytest.raises(UsageError, match=r"nothing in .* is named organization:nobody"):
        graph.describe("organization:nobody")


def test_query_gives_what_the_form_asks_for(graph: Client) -> None:
    data = graph.query(
        "SELECT ?o ?rank ?when { ?o ipr:rank ?rank OPTIONAL { ?c ipr:saidOn ?when FILTER(false) } }"
    )
    assert str(data["rank"].dtype) == "Int64" and str(data["o"].dtype).startswith("string")
    assert data["when"].isna().all() and len(data) >= 13
    assert graph.query("ASK { organization:wipo ?p ?o }") is True
    described = graph.query("CONSTRUCT WHERE { organization:wipo skos:prefLabel ?name }")
    assert isinstance(described, Graph) and len(described) == 2


@RDFLIBS_OWN
def test_a_dataset_is_rdflibs(graph: Client) -> None:
    dataset = graph.dataset
    assert isinstance(dataset, Dataset)
    label = URIRef("http://www.w3.org/2004/02/skos/core#prefLabel")
    assert len(list(dataset.objects(URIRef(WIPO), label))) == 2
    assert dataset is graph.dataset


def test_names_are_found_in_both_languages(release_server: Running, release: Release) -> None:
    for where in (release.dir, f"http://127.0.0.1:{release_server.port}"):
        found = iprgraph.open(where, language="zh").search("世界知识产权", limit=3)
        assert found.total >= 1 and found[0].name == "世界知识产权组织" and len(found) <= 3
        assert {one.release for one in found} == {release.id}
        with pytest.raises(UsageError, match="limit"):
            iprgraph.open(where).search("wipo", limit=1000)
        with pytest.raises(UsageError, match="language"):
            iprgraph.open(where, language="fr")


def test_errors_are_told_alike(graph: Client) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        graph.select("SELECT * { ?x ?y }")
    assert caught.value.line == 1
    with pytest.raises(QueryRefused, match="--allow-service"):
        graph.select("SELECT * { SERVICE <http://x.example/> { ?x ?y ?z } }")
    with pytest.raises(UsageError, match="neither an IRI nor a name"):
        graph.claims_about("WIPO> } #")
    with pytest.raises(UsageError, match="there is no claim"):
        graph.evidence("claim:nothing")
    with pytest.raises(UsageError, match="gives a graph"):
        graph.select("DESCRIBE organization:wipo")
    with pytest.raises(UsageError, match="ASK"):
        graph.select("ASK {}")


def test_a_long_query_ends(release: Release, release_server: Running) -> None:
    runaway = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    for where in (release.dir, f"http://127.0.0.1:{release_server.port}"):
        with pytest.raises(IprGraphError, match=r"within 1 s|after 1 s"):
            iprgraph.open(where).select(runaway, seconds=1.0)
    truth = iprgraph.open(release.dir).query("ASK { ?a ?b ?c }", seconds=60)
    assert truth is True


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="iprgraph build"):
        iprgraph.open(tmp_path / "nothing")
    with pytest.raises(ReleaseError, match="no release in"):
        iprgraph.open(tmp_path)
    with pytest.raises(UsageError, match="give an http or https address"):
        iprgraph.open("ftp://example.org/graph")
    (tmp_path / "graph.doc").write_text("")
    with pytest.raises(UsageError, match=r"\.nq, \.trig"):
        iprgraph.open(tmp_path / "graph.doc").select("SELECT * {}")
    (tmp_path / "bad.ttl").write_text("<a> <b>\n <c\n", encoding="utf-8")
    with pytest.raises(SyntaxProblem, match=r"bad\.ttl, line"):
        iprgraph.open(tmp_path / "bad.ttl").select("SELECT * {}")
    (tmp_path / "good.ttl").write_text("<urn:a> <urn:b> 1.50, 'x' .", encoding="utf-8")
    good = iprgraph.open(tmp_path / "good.ttl")
    assert {row[0] for row in good.select("SELECT ?o { ?s ?p ?o }").rows} == {Decimal("1.5"), "x"}
    with pytest.raises(ReleaseError, match="no search index"):
        good.search("x")


class _Other(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 500)
        self.end_headers()
        self.wfile.write(b"<html>")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def foreign_server() -> Iterator[str]:
    """Serve something that is no server of ours."""
    server = HTTPServer(("127.0.0.1", 0), _Other)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_server_that_is_none_is_told(foreign_server: str) -> None:
    with pytest.raises(ServerFailed, match="is the server running"):
        _ = iprgraph.open(f"http://127.0.0.1:{free_port()}").release
    with pytest.raises(ServerFailed, match="something else"):
        _ = iprgraph.open(foreign_server).release
    with pytest.raises(ServerFailed, match="answers 500"):
        iprgraph.open(foreign_server).select("SELECT * {}")


def _results(*values: tuple[str, str]) -> bytes:
    xsd = "http://www.w3.org/2001/XMLSchema#"
    rows = [{"v": {"type": "literal", "value": v, "datatype": xsd + d}} for v, d in values]
    return json.dumps({"head": {"vars": ["v"]}, "results": {"bindings": [*rows, {}]}}).encode()


@pytest.mark.parametrize(
    ("values", "first", "dtype"),
    [
        ([("12", "integer"), ("3", "int")], 12, "Int64"),
        ([("12", "integer"), ("2.50", "decimal")], 12, "Float64"),
        ([("99999999999999999999", "integer")], 99999999999999999999, "object"),
        ([("2.50", "decimal")], Decimal("2.50"), "Float64"),
        ([("1e3", "double")], 1000.0, "Float64"),
        ([("true", "boolean"), ("0", "boolean")], True, "boolean"),
        ([("2021-11-09", "date")], datetime.date(2021, 11, 9), "datetime64"),
        ([("0999-01-01", "date")], datetime.date(999, 1, 1), "object"),
        ([("2021-11-09Z", "date")], "2021-11-09Z", "string"),
        ([("2021-11-09T18:03:00Z", "dateTime")], datetime.datetime(2021, 11, 9, 18, 3, tzinfo=datetime.UTC), "datetime64"),
        ([("2021", "gYear")], "2021", "string"),
        ([("12", "integer"), ("x", "string")], 12, "object"),
    ],
)  # fmt: skip
def test_terms_become_typed_values(
    values: list[tuple[str, str]], first: object, dtype: str
) -> None:
    rows = read(_results(*values))
    assert not isinstance(rows, bool)
    assert rows.rows[0][0] == first and type(rows.rows[0][0]) is type(first)
    assert rows.rows[-1] == (None,)
    column = frame(rows)["v"]
    assert str(column.dtype).startswith(dtype) and column.isna().tolist()[-1]


def test_importing_loads_little() -> None:
    heavy = "{'rdflib', 'pyoxigraph', 'pandas', 'owlrl', 'pyshacl', 'flask', 'mcp', 'apsw'}"
    code = f"import iprgraph, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_pandas_rows_are_still_given(release: Release) -> None:
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        f"import iprgraph; g = iprgraph.open({str(release.dir)!r})\n"
        "q = 'SELECT ?r { observation:gii-2021-china ipr:rank ?r }'\n"
        "print(g.select(q).rows)\n"
        "try: g.query(q)\nexcept iprgraph.errors.UsageError as e: print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[(12,)]" in done.stdout and "pip install pandas" in done.stdout


@pytest.fixture
def beside_releases(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where a folder of releases is, as the examples do."""
    (tmp_path / "releases").symlink_to(release.dir.parent)
    monkeypatch.chdir(tmp_path)


@RDFLIBS_OWN
@pytest.mark.usefixtures("beside_releases")
def test_the_documents_examples_run() -> None:
    blocks = re.findall(
        r"```python\n(.*?)```", (DOCS / "programs.md").read_text("utf-8"), re.DOTALL
    )
    assert len(blocks) >= 8
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "programs.md", "exec"), names)
    assert isinstance(names["graph"], Client)


@pytest.mark.usefixtures("beside_releases")
def test_the_notebook_runs_to_a_citable_answer(release: Release) -> None:
    text = (DOCS / "notebook.ipynb").read_text("utf-8")
    notebook = json.loads(text)
    assert text == json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 7 and not any(cell["outputs"] for cell in cells)
    names: dict[str, object] = {}
    for cell in cells:
        exec(compile(ast.parse("".join(cell["source"])), "notebook", "exec"), names)
    answer = str(names["answer"])
    assert "2,439,310,000,000 yuan" in answer and "superseded" in answer
    assert "#:~:text=In%202020" in answer and release.id in answer
