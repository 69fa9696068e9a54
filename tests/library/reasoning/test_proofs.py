"""Every inferred triple has a proof that ends in what is stated, and that a person can read."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from iprgraph.namespaces import INFERRED
from iprgraph.reasoning.axioms import deskolemise
from iprgraph.reasoning.explain import Explainer
from iprgraph.reasoning.inference import infer
from iprgraph.reasoning.proof_formats import quads, text
from iprgraph.reasoning.proofs import Proof, Prover
from iprgraph.release.release import Release
from support.client import Client
from support.commands import Command
from support.ontologies import parse
from support.owl_constructs import CONSTRUCTS, turtle

AGENT = {"subject": "organization:wipo", "predicate": "rdf:type", "object": "prov:Agent"}


@pytest.fixture(scope="module")
def store(release: Release) -> ox.Store:
    store = ox.Store()
    store.extend(release.quads())
    return store


@pytest.fixture(scope="module")
def prover(store: ox.Store) -> Prover:
    return Prover.of(store)


def is_whole(proof: Proof, store: ox.Store) -> bool:
    """Check a proof by its own: premises before conclusions, and stated triples in their graphs."""
    for step in proof.steps():
        if step.rule is None:
            if not step.stated_in or INFERRED in step.stated_in:
                return False
            triple = [*map(deskolemise, step.triple)]
            if not all(ox.Quad(*triple, graph) in store for graph in step.stated_in):  # type: ignore[arg-type]
                return False
        elif step.triple in [premise.triple for premise in step.premises]:
            return False
    return True


def test_every_inferred_triple_has_a_proof(
    release: Release, store: ox.Store, prover: Prover
) -> None:
    inferred = [quad for quad in release.quads() if quad.graph_name == INFERRED]
    assert len(inferred) == release.counts["inferred"] > 4_000
    explainer = Explainer(store)
    rules: set[str] = set()
    for quad in inferred:
        proofs = prover.prove(store, (quad.subject, quad.predicate, quad.object))  # type: ignore[arg-type]
        assert proofs, quad
        assert is_whole(proofs[0], store), quad
        assert all(text(explainer.explain(proofs[0]), lang) for lang in ("en", "zh"))
        rules |= {step.rule.name for step in proofs[0].steps() if step.rule}
    assert {"cax-sco", "prp-spo1", "prp-spo2", "prp-inv2", "prp-rng", "prp-trp", "scm-sco"} <= rules


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_every_kind_of_rule_is_explained(construct: str) -> None:
    axioms, data, _ = CONSTRUCTS[construct]
    stated = [ox.Quad(*quad.triple, ox.NamedNode("urn:g")) for quad in turtle(axioms + data)]
    store = ox.Store()
    store.extend(stated)
    inferred = infer(list(store))
    store.extend(inferred)
    prover, explainer = Prover.of(store), Explainer(store)
    for quad in inferred:
        proofs = prover.prove(store, (quad.subject, quad.predicate, quad.object), 5)  # type: ignore[arg-type]
        assert proofs, quad
        for proof in proofs:
            told = explainer.explain(proof)
            for lang in ("en", "zh"):
                assert told["rule"]["text"][lang]
                assert not any(mark in text(told, lang) for mark in ("{", "}", "None"))


def test_nothing_is_proved_by_itself() -> None:
    circle = (
        ":A owl:equivalentClass :B . :B owl:equivalentClass :C . :x :p :y . :p owl:inverseOf :q ."
    )
    store = ox.Store()
    store.extend(ox.Quad(*quad.triple, ox.NamedNode("urn:g")) for quad in parse(circle))
    prover = Prover.of(store)
    example = "https://example.org/"
    for s, p, o in (("x", "p", "z"), ("y", "p", "x"), ("x", "q", "y")):
        triple = tuple(ox.NamedNode(example + part) for part in (s, p, o))
        assert prover.prove(store, triple) == []  # type: ignore[arg-type]


def test_the_shortest_proof_comes_first(store: ox.Store, prover: Prover) -> None:
    wipo = ox.NamedNode("https://w3id.org/iprgraph/id/organization/wipo")
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    agent = ox.NamedNode("http://www.w3.org/ns/prov#Agent")
    proofs = prover.prove(store, (wipo, kind, agent), 10)
    assert len(proofs) > 1
    assert [proof.size for proof in proofs] == sorted(proof.size for proof in proofs)


def test_prov_says_the_same(store: ox.Store, prover: Prover) -> None:
    chain = "https://w3id.org/iprgraph/id/organization/cnipa"
    triple = (
        ox.NamedNode("https://w3id.org/iprgraph/id/organization/chinese-government"),
        ox.NamedNode("http://www.w3.org/ns/org#hasSubOrganization"),
        ox.NamedNode(chain),
    )
    (proof,) = prover.prove(store, triple)
    written = ox.Store()
    written.extend(quads(Explainer(store).explain(proof)))
    answer = written.query(
        "PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX dcterms: <http://purl.org/dc/terms/> "
        "SELECT ?rule (COUNT(DISTINCT ?graph) AS ?graphs) { "
        f"?s <http://www.w3.org/1999/02/22-rdf-syntax-ns#object> <{chain}> ; "
        "prov:wasGeneratedBy/dcterms:identifier ?rule ; prov:wasDerivedFrom+/prov:wasQuotedFrom ?graph "
        "} GROUP BY ?rule"
    )
    assert [(row["rule"].value, row["graphs"].value) for row in answer] == [("prp-inv2", "3")]


def test_the_command_explains(iprgraph: Command, release: Release) -> None:
    call = ("why", "organization:wipo", "a", "prov:Agent", "--release", release.dir)
    done = iprgraph(*call)
    assert done.returncode == 0
    assert done.stdout.startswith(
        "World Intellectual Property Organization is an agent (PROV-O)\n  because "
    )
    assert "prp-rng; the ontology" in done.stdout
    told = json.loads(iprgraph(*call, "--format", "json", "--all", "2").stdout)
    assert len(told) == 2
    assert told[0]["triple"]["object"] == "<http://www.w3.org/ns/prov#Agent>"
    assert "世界知识产权组织" in iprgraph(*call, "--lang", "zh").stdout
    assert list(ox.parse(iprgraph(*call, "--format", "turtle").stdout, ox.RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("terms", "code", "message"),
    [
        (("organization:wipo", "a", "ipr:Person"), 1, "neither stated nor inferred"),
        (("organization wipo", "a", "ipr:Person"), 2, "is not one term"),
        (("_:b", "a", "ipr:Person"), 2, "is not one term"),
        (('"wipo"', "a", "ipr:Person"), 2, "subject and predicate are IRIs"),
    ],
)
def test_the_command_refuses(
    iprgraph: Command, release: Release, terms: tuple[str, ...], code: int, message: str
) -> None:
    done = iprgraph("why", *terms, "--release", release.dir)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


def test_the_rules_can_be_read(iprgraph: Command) -> None:
    words = iprgraph("rules").stdout.splitlines()
    assert len(words) > 150
    assert all(line.count("\t") == 2 and "=>" in line for line in words)
    sparql = iprgraph("rules", "--as-sparql").stdout
    assert sparql.count("\nINSERT ") + sparql.startswith("INSERT") > 80
    for part in sparql.split("\n\n"):
        body = "\n".join(line for line in part.splitlines() if not line.startswith("#")).strip()
        if body.startswith(("INSERT", "DELETE")):
            ox.Store().update(body)
        elif body:
            ox.Store().query(body)
    assert "eq-ref" in iprgraph("rules", "--left-out").stdout


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", "application/json"),
        ("text/turtle", "text/turtle"),
        ("text/plain", "text/plain"),
        ("text/html", "text/html"),
    ],
)
def test_why_over_http(release_client: Client, accept: str, media_type: str) -> None:
    reply = release_client.get(f"/why?{urlencode(AGENT)}", accept)
    assert (reply.status, reply.media_type) == (200, media_type)
    assert "Accept" in reply.headers["vary"]
    assert "prp-rng" in reply.text


def test_why_in_both_languages(release_client: Client) -> None:
    for accept in ("text/plain", "text/html"):
        chinese = release_client.get(f"/why?{urlencode(AGENT)}", accept, accept_language="zh").text
        assert "因为" in chinese and "归于" in chinese
        assert "because" not in chinese


def test_a_stated_triple_leads_to_its_passage(release_client: Client) -> None:
    asked = {
        "subject": "measure:punitive-compensation",
        "predicate": "rdf:type",
        "object": "ipr:Measure",
        "format": "json",
    }
    reply = release_client.get(f"/why?{urlencode(asked)}")
    assert reply.status == 200, reply.text
    (told,) = reply.json()
    (graph,) = told["stated_in"]
    assert graph["claim"]["passages"][0].startswith(
        "https://www.globaltimes.cn/page/202111/1238517.shtml#:~:text="
    )
    assert graph["claim"]["attributed_to"]


@pytest.mark.parametrize(
    ("change", "status", "problem"),
    [
        ({"object": "ipr:Person"}, 404, "nothing-says-it"),
        ({"object": ""}, 400, "bad-request"),
        ({"object": "no term"}, 400, "bad-request"),
        ({"most": "0"}, 400, "bad-request"),
        ({"format": "png"}, 406, "not-acceptable"),
    ],
)
def test_why_refuses(
    release_client: Client, change: dict[str, str], status: int, problem: str
) -> None:
    reply = release_client.get(
        f"/why?{urlencode(AGENT | change)}", "application/problem+json, application/json"
    )
    assert (reply.status, reply.json()["type"].rpartition("/")[2]) == (status, problem)


def test_what_is_inferred_can_be_left_out(release_client: Client) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s a %s }"
    inferred, stated = query % "schema:Claim", query % "ipr:Claim"

    def count(text: str, **params: str) -> int:
        return int(release_client.query(text, "text/csv", **params).text.split()[1])

    assert count(inferred) == count(stated) == count(stated, infer="false") > 100
    assert count(inferred, infer="true") > 100
    assert count(inferred, infer="false") == 0
    assert (
        count("SELECT (COUNT(*) AS ?n) { GRAPH graph:inferred { ?s ?p ?o } }", infer="false") == 0
    )
    assert count(inferred) > 100
    reply = release_client.query("ASK {}", "application/json", infer="perhaps")
    assert (reply.status, reply.json()["parameter"]) == (400, "infer")
