"""Messages of queries, with the language that pySHACL drops."""

from __future__ import annotations

import re

import pyoxigraph as ox

from iprgraph.namespaces import SH


def with_languages(report: list[ox.Quad], shapes: list[ox.Quad]) -> list[ox.Quad]:
    """Give messages back the language that pySHACL drops where it fills in a query's variables."""
    if not any(quad.predicate == SH.resultMessage for quad in report):
        return report
    patterns: dict[object, list[tuple[re.Pattern[str], str]]] = {}
    for quad in shapes:
        message = quad.object
        if quad.predicate == SH.message and isinstance(message, ox.Literal) and message.language:
            parts = re.split(r"\{[?$]\w+\}", message.value)
            pattern = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
            patterns.setdefault(quad.subject, []).append((pattern, message.language))
    templates: dict[object, list[tuple[re.Pattern[str], str]]] = {}
    for quad in report:
        if quad.predicate in (SH.sourceConstraint, SH.sourceShape):
            templates.setdefault(quad.subject, []).extend(patterns.get(quad.object, []))
    mended = []
    for quad in report:
        message = quad.object
        if (
            quad.predicate == SH.resultMessage
            and isinstance(message, ox.Literal)
            and not message.language
        ):
            for pattern, language in templates.get(quad.subject, []):
                if pattern.fullmatch(message.value):
                    tagged = ox.Literal(message.value, language=language)
                    quad = ox.Quad(quad.subject, quad.predicate, tagged)
                    break
        mended.append(quad)
    return mended
