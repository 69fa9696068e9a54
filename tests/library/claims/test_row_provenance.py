"""Each row of an answer leads to the claims behind it, whatever the query looks like."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from iprgraph.claims.row_provenance import claims_behind
from iprgraph.content import questions
from iprgraph.errors import QuerySyntaxError
from iprgraph.namespaces import PREFIXES
from iprgraph.rdf.query_results import Term
from iprgraph.release.release import Release
from iprgraph.sparql.triple_patterns import find_patterns
from iprgraph.store.engine import Engine
from support.browsing import BROWSER
from support.client import Client

CLAIM = PREFIXES["claim"]


@pytest.fixture(scope="module")
def engine(release: Release) -> Engine:
    """Load the bundled release once."""
    return Engine.load(release.dir / "iprgraph.nq")


def rows(engine: Engine, query: str) -> list[dict[str, Term]]:
    found = ox.parse_query_results(
        engine.query(query, format="json").body, ox.QueryResultsFormat.JSON
    )
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{n: row[n] for n in names if row[n] is not None} for row in found]  # type: ignore[misc]


def found(engine: Engine, query: str, row: dict[str, Term]) -> tuple[str, set[str]]:
    """Ask as the server does: until one of the searches finds something."""
    searches = claims_behind(query, row)
    for how, search in zip(searches._fields, searches, strict=True):
        if search and (claims := rows(engine, search)):
            return how, {claim["claim__"].value.removeprefix(CLAIM) for claim in claims}
    return "none", set()


@pytest.mark.parametrize(
    ("group", "patterns"),
    [
        ("{ ?a ipr:x ?b ; ipr:y 1, 'z'@en . ?b a ipr:C }",
         "?a ipr:x ?b|?a ipr:y 1|?a ipr:y 'z'@en|?b a ipr:C"),
        ("{ ?a ipr:x/^ipr:y ?b }", "?a ipr:x ?__1|?b ipr:y ?__1"),
        ("{ ?a ipr:x [ ipr:y ?b ] }", "?__1 ipr:y ?b|?a ipr:x ?__1"),
        ("{ ?a ipr:x+/ipr:y ?b . ?a ipr:x|ipr:y ?b }", "?__1 ipr:y ?b"),
        ("{ ?a !(ipr:x|^ipr:y) ?b . ?a (ipr:x)* ?b }", ""),
        ("{ { ?a ipr:x ?b } UNION { ?a ipr:y ?b } OPTIONAL { ?b ?p ?c } }",
         "?a ipr:x ?b|?a ipr:y ?b|?b ?p ?c"),
        ("{ ?a ipr:x ?b FILTER (?b > 1) FILTER NOT EXISTS { ?a ipr:no ?c } MINUS { ?b ipr:no 1 } }",
         "?a ipr:x ?b"),
        ("{ GRAPH ?g { ?a ipr:x ?b } BIND (1 + 1 AS ?n) VALUES (?a ?b) { (1 2) } ?b ipr:y ?n }",
         "?a ipr:x ?b|?b ipr:y ?n"),
        ("{ { SELECT ?a (COUNT(*) AS ?n) { ?a ipr:x ?b } GROUP BY ?a HAVING (?n > 1) } ?a ipr:y 2 }",
         "?a ipr:x ?b|?a ipr:y 2"),
        ('{ ?a ipr:x "2020"^^xsd:gYear ; ipr:y -1.5, true }',
         '?a ipr:x "2020"^^xsd:gYear|?a ipr:y -1.5|?a ipr:y true'),
        ("{ SERVICE <http://x/> { ?a ipr:x ?b } ?a ipr:y _:b, (1 2), ?c }", "?a ipr:y ?c"),
    ],
)  # fmt: skip
def test_patterns_are_found(group: str, patterns: str) -> None:
    asked = find_patterns(f"SELECT * WHERE {group}")
    assert asked is not None and asked.group == group
    told = [str(p)[:-2] for statement in asked.statements for p in statement if not p.open]
    assert "|".join(told) == patterns


def test_the_where_group_is_told_from_a_template() -> None:
    asked = find_patterns("CONSTRUCT { ?a ipr:x 1 } WHERE { ?a ipr:y 2 }")
    assert asked is not None and asked.group == "{ ?a ipr:y 2 }"
    short = find_patterns("CONSTRUCT WHERE { ?a ipr:y 2 }")
    assert short is not None and short.group == "{ ?a ipr:y 2 }"
    assert find_patterns("DESCRIBE <http://x/>") is None


def test_every_example_question_leads_to_claims(engine: Engine) -> None:
    how = {}
    for question in questions.load():
        answer = rows(engine, question.query)
        how[question.slug] = found(engine, question.query, answer[0])
    assert len(how) == 41
    assert {slug for slug, (kind, _) in how.items() if kind == "none"} == set()
    kinds = [kind for kind, _ in how.values()]
    assert kinds.count("asserted") > 30 and kinds.count("implied") > 3


def test_a_row_leads_to_the_claim_that_asserts_it_and_to_no_other(engine: Engine) -> None:
    query = next(q.query for q in questions.load() if q.slug == "20-superseded-figures")
    (row,) = rows(engine, query)
    assert found(engine, query, row) == (
        "asserted", {"gt1238517-rd-expenditure-yuan", "nbs-rd-expenditure-2020-final"},
    )  # fmt: skip


def test_an_inferred_row_leads_to_what_implies_it(engine: Engine) -> None:
    query = "SELECT ?member { ?m org:organization organization:wipo ; org:member ?member }"
    how, claims = found(engine, query, rows(engine, query)[0])
    assert how in {"implied", "about"} and claims


def test_conditions_of_the_query_hold_for_its_claims(engine: Engine) -> None:
    query = "SELECT ?area { ?o ipr:area ?area ; ipr:value ?v FILTER (?v > 2400000000000) }"
    row: dict[str, Term] = {"area": ox.NamedNode(PREFIXES["country"] + "china")}
    how, claims = found(engine, query, row)
    assert how == "asserted" and "gt1238517-rd-expenditure-yuan" in claims
    assert "gt1238517-rd-share" not in claims


def test_prefixes_of_the_query_hold_for_the_searches(engine: Engine) -> None:
    query = f"PREFIX o: <{PREFIXES['ipr']}> SELECT ?a {{ ?a o:ranksAbove country:japan }}"
    assert found(engine, query, rows(engine, query)[0])[0] == "asserted"


def test_a_text_that_is_no_sparql_is_refused() -> None:
    with pytest.raises(QuerySyntaxError):
        claims_behind('SELECT * { ?a ?b "', {})


def test_the_page_shows_claims_with_speaker_date_and_passage(release_client: Client) -> None:
    query = "SELECT ?o ?v { ?o ipr:value ?v ; a ipr:Observation FILTER (?v = 2443000000000) }"
    row = release_client.query(query, "text/tab-separated-values").text
    asked = f"/query/claims?{urlencode({'query': query, 'row': row})}"
    english, chinese = (
        release_client("GET", f"{asked}&lang={language}", headers=BROWSER).text
        for language in ("en", "zh")
    )
    assert "China spent 2.443 trillion yuan" in english and "Global Times" in english
    assert "9 November 2021" in english and ":~:text=" in english
    assert "2021年11月9日" in chinese and "以下主张断言" in chinese


def test_a_triple_that_nobody_asserts_leads_to_its_proof(release_client: Client) -> None:
    query = "SELECT * { ?subject ?predicate ?object }"
    wipo, kind = PREFIXES["organization"] + "wipo", PREFIXES["schema"] + "Organization"
    row = f"?subject\t?predicate\t?object\n<{wipo}>\t<{PREFIXES['rdf']}type>\t<{kind}>\n"
    text = release_client(
        "GET", f"/query/claims?{urlencode({'query': query, 'row': row})}", headers=BROWSER
    ).text
    (proof,) = re.findall(r'href="(/why[^"]*)"', text)
    assert release_client("GET", unescape(proof), headers=BROWSER).status == 200


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"query": "ASK {}"}, "row"),
        ({"query": "SELECT * {}", "row": "no results"}, "TSV"),
        ({"query": "SELECT * {}", "row": "?a\n<x:a>\n<x:b>\n"}, "one row"),
        ({"query": "SELECT * { ?a ?b '", "row": "?a\n<x:a>\n"}, "string"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(
    release_client: Client, params: dict[str, str], said: str
) -> None:
    reply = release_client.get(f"/query/claims?{urlencode(params)}", "application/json")
    assert reply.status == 400 and said in reply.json()["detail"]


def test_values_of_a_row_stay_values(release_client: Client) -> None:
    evil = '"\\" } } DROP ALL # \\u007D"@en'
    query = "SELECT ?name { ?x skos:prefLabel ?name }"
    asked = urlencode({"query": query, "row": f"?name\n{evil}\n"})
    assert release_client("GET", f"/query/claims?{asked}", headers=BROWSER).status == 200
