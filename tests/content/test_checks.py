"""Every figure that the article gives is checked, with the verdict that open data supports."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from iprgraph.content.loader import Content, load
from iprgraph.namespaces import ID, IPR, PREFIXES, RDF

#: What the article says -> its checks and their verdicts.
CHECKS: dict[str, dict[str, str]] = {
    "rank 12 in innovation, risen, ahead of Japan and Canada": {
        "gii-rank": "confirmed", "gii-rise": "confirmed", "gii-japan": "confirmed", "gii-canada": "confirmed",
    },
    "only middle-income economy in the top 30": {"gii-middle-income": "confirmed"},
    "a WIPO report in September": {"gii-report": "refined"},
    "R&D of 2.443 trillion yuan": {"rd-expenditure-2020": "superseded"},
    "2.4 % of GDP": {"rd-share": "confirmed"},
    "second-highest globally": {"rd-rank": "confirmed"},
    "$381.95 bn": {"rd-expenditure-dollars": "qualified"},
    "more than 68,000 applications": {"international-applications": "confirmed"},
    "most applications two years running": {
        "applications-first-2019": "confirmed", "applications-first-2020": "confirmed",
    },
    "a five-year plan on 28 October": {"plan-release": "refined"},
    "Civil Code and two amendments in 2020": {
        "civil-code": "confirmed", "patent-law-amendment": "confirmed", "copyright-law-amendment": "confirmed",
    },
    "54 centers": {"protection-centers": "qualified"},
    "22 sub-centers": {"sub-centers": "unverified"},
    "almost all major conventions": {"conventions": "qualified"},
    "interview on 27 October": {"interview": "unverified"},
}  # fmt: skip

#: Figures that are numbers: claimed value, reference value, unit, difference.
VALUES = {
    "gii-rank": ("12", "12", None, "0"),
    "rd-expenditure-2020": ("2443000000000", "2439310000000", "CCY_CNY", "3690000000"),
    "rd-share": ("2.4", "2.40", "PERCENT", "0"),
    "rd-expenditure-dollars": ("381950000000", "353800000000", "CCY_USD", "28150000000"),
    "international-applications": ("68000", "68720", "NUM", None),
    "protection-centers": ("54", "54", "NUM", "0"),
}  # fmt: skip


@pytest.fixture(scope="module")
def about() -> dict[str, list[Quad]]:
    found: dict[str, list[Quad]] = {}
    for q in load(Content.bundled()).quads:
        if isinstance(q.subject, NamedNode) and q.subject.value.startswith(ID["check/"].value):
            found.setdefault(q.subject.value.rpartition("/")[2], []).append(q)
    return found


def value(quads: list[Quad], predicate: str) -> str | None:
    found = [q.object.value for q in quads if q.predicate.value == IPR.iri + predicate]
    return found[0] if found else None


def test_every_row_has_its_checks_and_no_check_is_without(about: dict[str, list[Quad]]) -> None:
    assert len(CHECKS) == 15
    listed = {slug for checks in CHECKS.values() for slug in checks}
    assert listed == set(about) and len(listed) == 21


@pytest.mark.parametrize("row", CHECKS)
def test_a_check_has_claims_verdict_method_and_sources(
    row: str, about: dict[str, list[Quad]]
) -> None:
    for slug, verdict in CHECKS[row].items():
        quads = about[slug]
        assert (RDF.type, IPR.Check) in {(q.predicate, q.object) for q in quads}
        assert (value(quads, "checks") or "").startswith(ID["claim/gt1238517-"].value)
        assert value(quads, "verdict") == ID[f"verdict/{verdict}"].value
        assert value(quads, "against") or verdict == "unverified"
        methods = [q.object for q in quads if q.predicate.value == IPR.iri + "method"]
        assert {m.language for m in methods if isinstance(m, Literal)} == {"en", "zh"}


@pytest.mark.parametrize("slug", VALUES)
def test_figures_have_both_values_and_their_difference(
    slug: str, about: dict[str, list[Quad]]
) -> None:
    claimed, reference, unit, difference = VALUES[slug]
    quads = about[slug]
    assert float(value(quads, "claimedValue") or "nan") == float(claimed)
    assert float(value(quads, "referenceValue") or "nan") == float(reference)
    assert value(quads, "unit") == (PREFIXES["unit"] + unit if unit else None)
    assert value(quads, "period")
    if difference is not None:
        assert float(value(quads, "difference") or "nan") == float(difference)
