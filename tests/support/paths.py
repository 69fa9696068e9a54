"""Folders that tests read."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
#: The sources of the scripts of the pages.
WEB = REPOSITORY / "server/web"

TESTS = REPOSITORY / "tests"
QUESTIONS = TESTS / "questions"
#: A small content that builds a whole release: one article, a few claims.
SMALL_CONTENT = TESTS / "support/small_content"
#: For each shape a graph that conforms and one that breaks exactly that shape.
SHAPE_EXAMPLES = TESTS / "support/shape_examples"
#: The JavaScript clients that are tried, locked.
CLIENTS = TESTS / "support/clients"

#: What belongs to others and is no part of the project; tests that need it skip where it is missing.
SHARED = REPOSITORY.parent / "shared"
W3C = SHARED / "w3c"
#: The texts of the articles.
ARTICLES = SHARED / "seed"
