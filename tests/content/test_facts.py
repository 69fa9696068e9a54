"""What the graph links to: every verified identifier, and none that was looked for and not found."""

from __future__ import annotations

import pytest

from iprgraph.content.loader import Content, load
from iprgraph.namespaces import ID

WD, GN, EV = (
    "http://www.wikidata.org/entity/",
    "https://sws.geonames.org/",
    "http://eurovoc.europa.eu/",
)
EU = "http://publications.europa.eu/resource/authority/country/"
WIKI = "https://en.wikipedia.org/wiki/"

#: Thing -> what identifies it: IRIs of exact matches and pages, or bare codes.
IDENTIFIERS = {
    "country/china": [WD + "Q148", GN + "1814991/", EU + "CHN", EV + "5969", "iso3166-1:CN", "iso3166-1:CHN", "iso3166-1:156"],
    "country/japan": [WD + "Q17", GN + "1861060/", EU + "JPN", EV + "1524", "iso3166-1:JP", "iso3166-1:JPN", "iso3166-1:392"],
    "country/canada": [WD + "Q16", GN + "6251999/", EU + "CAN", EV + "5100", "iso3166-1:CA", "iso3166-1:CAN", "iso3166-1:124"],
    "country/united-states": [WD + "Q30", GN + "6252001/", EU + "USA", "iso3166-1:US", "iso3166-1:USA", "iso3166-1:840"],
    "place/beijing": [WD + "Q956", GN + "1816670/", "iso3166-2:CN-BJ"],
    "topic/renminbi": [WD + "Q39099", "iso4217:CNY", "iso4217:156", "http://qudt.org/vocab/unit/CCY_CNY"],
    "topic/us-dollar": [WD + "Q4917", "iso4217:USD", "iso4217:840", "http://qudt.org/vocab/unit/CCY_USD"],
    "organization/state-council": [WD + "Q59261", "https://ror.org/02fzqav45", "https://isni.org/isni/0000000122031789", "grid:453053.4", "funder:501100003412", "funder:501100003807"],
    "organization/wipo": [WD + "Q177773", EV + "2143", "wipo-st3:WO", WIKI + "World_Intellectual_Property_Organization"],
    "organization/united-nations": [WD + "Q1065"],
    "organization/nbs": ["https://ror.org/008zm7t63", "https://isni.org/isni/0000000403690449", WD + "Q1509446", "grid:467736.7"],
    "organization/ministry-of-foreign-affairs": [WIKI + "Ministry_of_Foreign_Affairs_of_the_People's_Republic_of_China"],
    "organization/cnipa": [WIKI + "China_National_Intellectual_Property_Administration"],
    "organization/global-times": [WIKI + "Global_Times"],
    "organization/china-media-group": ["http://dbpedia.org/resource/China_Media_Group"],
    "organization/vcg": ["http://dbpedia.org/resource/Visual_China_Group"],
    "person/wang-wenbin": [WIKI + "Wang_Wenbin"],
    "person/daren-tang": ["http://dbpedia.org/resource/Daren_Tang"],
    "indicator/global-innovation-index": [WIKI + "Global_Innovation_Index"],
    "topic/intellectual-property": [WD + "Q131257", "http://id.loc.gov/authorities/subjects/sh85067167", EV + "2817"],
}  # fmt: skip

EUROVOC_TOPICS = [5042, 550, 529, 2816, 1439, 5237, 3468, 216, 5496, 499, 2761, 1974]

#: Things of which no Wikidata id was found, and whole registers that hold none of ours.
NOT_IN_WIKIDATA = [
    "organization/ministry-of-foreign-affairs", "organization/global-times", "organization/china-media-group",
    "organization/vcg", "organization/cnipa", "person/wang-wenbin", "person/daren-tang",
    "indicator/global-innovation-index", "report/global-innovation-index-2021",
]  # fmt: skip
FORBIDDEN_HOSTS = [
    "viaf.org",
    "id.loc.gov/authorities/names",
    "d-nb.info",
    "authority/corporate-body",
    "authority/currency",
]
FORBIDDEN_FIGURES = ["59193", "68923"]


@pytest.fixture(scope="module")
def links() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for q in load(Content.bundled()).quads:
        found.setdefault(q.subject.value, set()).add(getattr(q.object, "value", ""))
    return found


@pytest.mark.parametrize("thing", IDENTIFIERS)
def test_verified_identifiers_are_there(links: dict[str, set[str]], thing: str) -> None:
    assert set(IDENTIFIERS[thing]) - links[ID[thing].value] == set()


def test_eurovoc_topics_are_there(links: dict[str, set[str]]) -> None:
    objects = set().union(*links.values())
    assert {EV + str(n) for n in EUROVOC_TOPICS} - objects == set()


@pytest.mark.parametrize("thing", NOT_IN_WIKIDATA)
def test_no_wikidata_id_is_asserted_where_none_was_found(
    links: dict[str, set[str]], thing: str
) -> None:
    assert not [link for link in links[ID[thing].value] if "wikidata.org" in link]


def test_no_law_plan_or_treaty_claims_a_wikidata_id(links: dict[str, set[str]]) -> None:
    kinds = tuple(ID[f"{kind}/"].value for kind in ("law", "plan", "treaty"))
    things = [thing for thing in links if thing.startswith(kinds)]
    assert len(things) == 26
    assert not [t for t in things if any("wikidata.org/entity" in link for link in links[t])]


def test_nothing_that_must_not_be_asserted_is(links: dict[str, set[str]]) -> None:
    objects = set().union(*links.values())
    assert not [o for o in objects if any(host in o for host in FORBIDDEN_HOSTS)]
    assert not objects & set(FORBIDDEN_FIGURES)
    for thing in ("wipo", "ministry-of-foreign-affairs", "cnipa"):
        about = links[ID[f"organization/{thing}"].value]
        assert not [link for link in about if "ror.org" in link or "isni.org" in link]
