"""The competency questions: each has its answer, a third of them in standard terms alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iprgraph.engine import Engine
from iprgraph.questions import Question, load
from iprgraph.release import Release

ANSWERS = Path(__file__).parent / "questions"
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
    expected = (ANSWERS / f"{question.slug}.csv").read_text("utf-8")
    answer = engine.query(question.query, format="csv").body.decode()
    assert answer.splitlines() == expected.splitlines()
    assert len(expected.splitlines()) > 1, "an answer has at least one row"
    assert question.question["en"].endswith("?") and question.question["zh"].endswith("？")
