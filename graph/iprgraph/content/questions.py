"""Competency questions: what the graph can answer, in words and as SPARQL.

Each is a file NN-SLUG.rq that begins with its description:

    # question@en: Who heads WIPO?
    # question@zh: 谁是世界知识产权组织的负责人?
    # explanation@en: A tenure says who holds a post and from when to when. …
    # explanation@zh: 一段任职记录某人担任某职位及其起止时间。……
    # topic: people
    # standard terms: no

An explanation says how the query reads the graph, what to look at and what to change; pieces of
queries stand between backticks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from iprgraph.content.loader import Content
from iprgraph.errors import DataError

TOPICS = ("people", "laws", "treaties", "figures", "claims", "sources")
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Question:
    """One question; with `standard_terms` its query needs no term of our ontology."""

    slug: str
    question: dict[str, str]
    explanation: dict[str, str]
    topic: str
    standard_terms: bool
    query: str

    def query_in(self, language: str) -> str:
        """Return the query with the names in its answer in a language; the files have English."""
        return self.query.replace('"en"', f'"{language}"')


def load(folder: Path | None = None) -> list[Question]:
    """Parse all questions of a folder, in the order of their names (default: those bundled).

    Raises DataError for a file whose description is incomplete.
    """
    folder = folder or Content.bundled().questions
    return [read(path) for path in sorted(folder.glob("*.rq"))]


def read(path: Path) -> Question:
    """Parse one question; raises DataError where its description is incomplete."""
    text = path.read_text("utf-8")
    head = re.match(r"(?:#.*\n|\s*\n)*", text)
    description = head[0] if head else ""
    fields = dict(re.findall(r"^# *([\w@ ]+?) *: *(.+?) *$", description, re.MULTILINE))
    texts = [f"{name}@{language}" for name in ("question", "explanation") for language in LANGUAGES]
    missing = [name for name in (*texts, "topic", "standard terms") if name not in fields]
    if missing:
        raise DataError(f"{path.name}: the leading comment has no line '# {missing[0]}: …'")
    if fields["topic"] not in TOPICS:
        raise DataError(f"{path.name}: topic {fields['topic']!r} is none of {', '.join(TOPICS)}")
    if fields["standard terms"] not in ("yes", "no"):
        raise DataError(f"{path.name}: 'standard terms' is yes or no")
    return Question(
        slug=path.stem,
        question={language: fields[f"question@{language}"] for language in LANGUAGES},
        explanation={language: fields[f"explanation@{language}"] for language in LANGUAGES},
        topic=fields["topic"],
        standard_terms=fields["standard terms"] == "yes",
        query=text[len(description) :].strip() + "\n",
    )
