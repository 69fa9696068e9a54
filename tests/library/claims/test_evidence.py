"""Passages are where the graph says, and their links find them as a browser would."""

from __future__ import annotations

from pathlib import Path

import pytest

from iprgraph.claims import text_fragments
from iprgraph.claims.evidence import check
from iprgraph.content.loader import Content, load
from iprgraph.errors import DataError
from support.paths import ARTICLES, SMALL_CONTENT

#: The article's text is its publisher's and stays out of the project; it is checked where it lies.
ARTICLE = ARTICLES / "global-times-2021-11-09.txt"

PAGE = (
    "Top stories\n"
    "The  Plan was approved on Tuesday. The plan has ten parts, and the planner agrees.\n"
    "\n"
    "Critics say the plan is late; supporters say the plan is good. Straße café 2.4 percent\n"
    "中国将进一步加强合作。中国表示欢迎。\n"
)

#: Directive -> the words it finds.
MATCHES = {
    "text=ten%20parts": "ten parts",
    "text=TEN%20PARTS": "ten parts",
    "text=the%20plan": "The  Plan",
    "text=The%20plan,parts": "The  Plan was approved on Tuesday. The plan has ten parts",
    "text=Tuesday.-,The%20plan": "The plan",
    "text=the%20plan,-is%20late": "the plan",
    "text=say-,the%20plan,-is%20good": "the plan",
    "text=the%20plan,plan,-is%20good": "The  Plan was approved on Tuesday. The plan has ten parts, and the planner agrees.\n\nCritics say the plan is late; supporters say the plan",
    "text=planner": "planner",
    "text=2.4%20percent": "2.4 percent",
    "text=strasse": "Straße",
    "text=合作": "合作",
    "text=中国,欢迎": "中国将进一步加强合作。中国表示欢迎",
    "text=%E5%90%88%E4%BD%9C": "合作",
}  # fmt: skip


@pytest.mark.parametrize("directive", MATCHES)
def test_a_fragment_finds_its_passage(directive: str) -> None:
    (parsed,) = text_fragments.parse(f"https://x.example/page#:~:{directive}")
    found = text_fragments.find(PAGE, parsed)
    assert found is not None
    assert PAGE[found[0] : found[1]] == MATCHES[directive]


@pytest.mark.parametrize(
    "directive",
    [
        "text=absent",
        "text=plann",  # not a whole word
        "text=lanner",
        "text=stories%20the%20plan",  # over the end of a line
        "text=the%20plan,-is%20best",
        "text=absent-,the%20plan",
        "text=ten%20parts,absent",
    ],
)
def test_a_fragment_that_is_not_there_finds_nothing(directive: str) -> None:
    (parsed,) = text_fragments.parse(f"https://x.example/page#:~:{directive}")
    assert text_fragments.find(PAGE, parsed) is None


def test_directives_are_read_as_browsers_do() -> None:
    url = "https://x.example/#section:~:text=a%2Cb-,c,d,-e&other=1&text=f&text=&text=,&text=a,b,c"
    assert text_fragments.parse(url) == [
        text_fragments.Directive("c", "d", "a,b", "e"),
        text_fragments.Directive("f"),
    ]
    assert text_fragments.parse("https://x.example/#text=a") == []
    assert text_fragments.parse("https://x.example/") == []


def _text() -> bytes:
    return (SMALL_CONTENT / "text.txt").read_bytes()


def test_a_claim_is_shown_beside_its_passage() -> None:
    (item,) = check(load(Content.at(SMALL_CONTENT)).quads, _text())
    assert item.problems == []
    assert (item.claim, item.label()) == ("claim:school-opens", "A school opens.")
    assert item.label("zh") == "一所学校开学。"
    assert item.text == "Hill  School\nopened"
    assert (item.passage.start, item.passage.end) == (11, 30)


NEWS = "graph/data/article/school-news.trig"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("oa:start 11", "oa:start 12", "finds characters 11 to 30 instead: 'Hill  School\\nopened'"),
        ("oa:start 11", "oa:start 10", "begins or ends with white space"),
        ("oa:end 30", "oa:end 3000", "offsets 11 to 3000 do not lie in the text"),
        ("oa:start 11 ;", "oa:start 31 ;", "offsets 31 to 30 do not lie in the text"),
        ("oa:start 11 ;", "", "one selector with one oa:start and one oa:end"),
        ("oa:start 11 ;", "oa:start 11 , 12 ;", "one selector with one oa:start and one oa:end"),
        ("text=Hill%20School,opened", "text=Hall", "finds nothing in the text"),
        ("#:~:text=Hill%20School,opened", "", "has 0 text fragments, not one"),
        (" ;\n        schema:url <https://news.example/school#:~:text=Hill%20School,opened>", "", "has no link"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_passage_is_said(
    small_content: Path, old: str, new: str, problem: str
) -> None:
    path = small_content / NEWS
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    (item,) = check(load(Content.at(small_content)).quads, _text())
    assert problem in " ".join(item.problems)


@pytest.mark.parametrize(
    "text", [b"another text", _text() + b"\n", _text().replace(b"\n", b"\r\n")]
)
def test_another_text_is_refused(text: bytes) -> None:
    with pytest.raises(DataError, match=r"of no article.*article:school-news [0-9a-f]{64}"):
        check(load(Content.at(SMALL_CONTENT)).quads, text)


@pytest.mark.skipif(not ARTICLE.exists(), reason="the article's text is not here")
def test_every_passage_of_the_article_is_where_the_graph_says() -> None:
    found = check(load(Content.bundled()).quads, ARTICLE.read_bytes())
    assert len(found) >= 40
    assert [(item.claim, item.problems) for item in found if item.problems] == []
    assert [item.passage.start for item in found] == sorted(
        item.passage.start or 0 for item in found
    )
