"""The competency questions: each has its answer, a third of them in standard terms alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iprgraph.content.questions import Question, load, read
from iprgraph.errors import DataError
from iprgraph.release.release import Release
from iprgraph.store.engine import Engine
from support import paths

#: A name with its prefix, as an explanation puts it in place of another.
NAME = re.compile(r"[a-z]+:[\w-]+")

QUESTIONS = load()


@pytest.fixture(scope="module")
def engine(release: Release) -> Engine:
    return Engine.load(release.dir / "iprgraph.nq")


def test_there_are_enough_and_a_third_need_no_term_of_ours() -> None:
    assert len(QUESTIONS) == 41
    standard = [q for q in QUESTIONS if q.standard_terms]
    assert len(standard) == 16
    assert not [q.slug for q in standard if re.search(r"\bipr:|iprgraph/ontology", q.query)]
    assert {q.topic for q in QUESTIONS} == {
        "people", "laws", "treaties", "figures", "claims", "sources"
    }  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.slug)
def test_a_question_has_its_answer(engine: Engine, question: Question) -> None:
    expected = (paths.QUESTIONS / f"{question.slug}.csv").read_text("utf-8")
    answer = engine.query(question.query, format="csv").body.decode()
    assert answer.splitlines() == expected.splitlines()
    assert len(expected.splitlines()) > 1, "an answer has at least one row"
    chinese = engine.query(question.query_in("zh"), format="csv").body.decode()
    assert len(chinese.splitlines()) == len(expected.splitlines())
    if '"en"' in question.query:
        assert re.search("[\u4e00-\u9fff]", chinese)
    assert question.question["en"].endswith("?") and question.question["zh"].endswith("？")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.slug)
def test_an_explanation_is_true_of_its_query(engine: Engine, question: Question) -> None:
    """What stands between backticks is in the query, or a name that the graph has."""
    english, chinese = question.explanation["en"], question.explanation["zh"]
    assert english.endswith(".") and chinese.endswith("。")
    assert 80 < len(english) < 320 and 40 < len(chinese) < 160
    assert re.findall("[\u4e00-\u9fff]", chinese) and not re.findall("[\u4e00-\u9fff]", english)
    for text in (english, chinese):
        assert text.count("`") % 2 == 0
        for piece in re.findall("`(.+?)`", text):
            assert piece in question.query or NAME.fullmatch(piece) or piece == "?any", piece
            if piece not in question.query and NAME.fullmatch(piece):
                ask = f"ASK {{ {{ {piece} ?p ?o }} UNION {{ ?s {piece} ?o }} UNION {{ ?s ?p {piece} }} }}"
                assert engine.query(ask, format="csv").body.strip() == b"true", piece


GOOD = """# question@en: Who?
# question@zh: 谁？
# explanation@en: It asks who.
# explanation@zh: 查询是谁。
# topic: people
# standard terms: no

SELECT * { ?s ?p ?o }
"""


def test_a_question_is_read_with_its_explanation_and_refused_without(tmp_path: Path) -> None:
    path = tmp_path / "01-who.rq"
    path.write_text(GOOD, "utf-8")
    question = read(path)
    assert question.explanation == {"en": "It asks who.", "zh": "查询是谁。"}
    assert question.query == "SELECT * { ?s ?p ?o }\n"

    path.write_text(GOOD.replace("# explanation@zh: 查询是谁。\n", ""), "utf-8")
    with pytest.raises(DataError, match=r"01-who\.rq: .* has no line '# explanation@zh: …'"):
        read(path)
