"""A thing that all else points to: its page stays small, and takes few queries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from iprgraph.namespaces import BASE
from iprgraph.release.release import Release
from support.browsing import BROWSER
from support.counting import Counting, app_of
from support.serving import small_release

#: How many claims are about the thing, say one thing of it, and point to it besides.
MANY = 3_000

IPR, SKOS = f"{BASE}ontology#", "http://www.w3.org/2004/02/skos/core#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
DATE = "http://www.w3.org/2001/XMLSchema#date"


def big_graph() -> Iterator[str]:
    """Write a country that thousands of claims, actions and speakers have to do with."""
    china, agent = f"<{BASE}id/country/big>", f"<{BASE}id/organization/agency>"
    source = f"<{BASE}graph/source/many>"
    article = f"<{BASE}id/article/long>"

    def iri(kind: str, number: int) -> str:
        return f"<{BASE}id/{kind}/number-{number}>"

    yield f'{china} <{SKOS}prefLabel> "Big"@en {source} .'
    yield f'{agent} <{SKOS}prefLabel> "An agency with quite a long name"@en {source} .'
    yield f"{article} <{RDF_TYPE}> <{IPR}Article> {source} ."
    for n in range(MANY):
        claim, passage, action = iri("claim", n), iri("passage", n), iri("action", n)
        # Each claim says the same thing, a thing of its own, and one value of a property of few.
        yield f"{china} <{IPR}intends> {iri('measure', 0)} {claim} ."
        yield f"{china} <{IPR}intends> {iri('measure', n)} {claim} ."
        yield f'{china} <{SKOS}altLabel> "Name {n}"@en {claim} .'
        yield f'{china} <https://example.org/p{n % 200}> "Value {n} of a property"@en {claim} .'
        yield f"{claim} <{RDF_TYPE}> <{IPR}Claim> {source} ."
        yield f'{claim} <{SKOS}prefLabel> "The claim of number {n}, at some length"@en {source} .'
        yield f"{claim} <{IPR}about> {china} {source} ."
        yield f"{claim} <{IPR}about> {agent} {source} ."
        yield f"{claim} <{IPR}attributedTo> {agent} {source} ."
        yield f"{claim} <{IPR}source> {article} {source} ."
        yield f'{claim} <{IPR}saidOn> "2021-11-09"^^<{DATE}> {source} .'
        yield f"{claim} <{IPR}evidence> {passage} {source} ."
        address = f"https://news.example/{n}#:~:text=words%20of%20a%20passage,number%20{n}"
        yield f"{passage} <https://schema.org/url> <{address}> {source} ."
        yield f"{action} <{IPR}party> {china} {claim} ."
        yield f'{action} <http://purl.org/dc/terms/date> "{1950 + n % 70}-01-01"^^<{DATE}> {claim} .'


@pytest.fixture(scope="module")
def pool_and_browser(tmp_path_factory: pytest.TempPathFactory) -> tuple[Counting, FlaskClient]:
    folder: Path = tmp_path_factory.mktemp("big") / "release"
    release = Release(small_release(folder, "\n".join(big_graph()) + "\n"))
    pool = Counting(release)
    return pool, app_of(release, pool).test_client()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/page/country/big",
        "/page/organization/agency",
        "/page/article/long",
        "/page/claim/number-7",
        "/page/claim/",
        "/speakers",
        "/quality",
        "/graph/source/many",
    ],
)
def test_a_page_stays_small_and_takes_few_queries(
    pool_and_browser: tuple[Counting, FlaskClient], path: str
) -> None:
    pool, browser = pool_and_browser
    pool.count = 0
    reply = browser.get(path, headers=BROWSER)
    assert reply.status_code == 200
    assert pool.count <= 10
    assert len(reply.data) < 200_000


def test_what_is_left_out_is_counted_and_linked(
    pool_and_browser: tuple[Counting, FlaskClient],
) -> None:
    text = pool_and_browser[1].get("/page/country/big", headers=BROWSER).text
    assert "All 3,000" in text and "3,000 claims state this" not in text
    assert f"The first 60 of {MANY:,}" in text
