"""The errors of IPR Graph.

IprGraphError
├── DataError                what was given is at fault (exit code 1)
│   ├── SyntaxProblem        a file does not parse
│   ├── Inconsistency        the data contradict the ontology
│   ├── ShapesViolated       a shape rejects the data
│   ├── ReleaseError         a release is missing, incomplete or altered
│   ├── ServerFailed         a server cannot be reached, or did not do what was asked
│   └── SignatureError       a signature cannot be read, or belongs to something else
└── UsageError               the call is at fault (exit code 2)
    ├── QuerySyntaxError     a query does not parse
    ├── QueryRefused         a query asks for what is not allowed
    ├── FormatError          a result cannot be written in the format asked for
    ├── ResultTooLarge       an answer has more bytes than allowed
    └── PeerFailed           an endpoint that SERVICE calls gave no answer that can be used
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Self

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Text(str):
    """A text in English that keeps its template and its values, so that it can be translated.

    The template is the key of its translations. A value is of no language (a name, a number), or a
    Text, or a list of these, or a mapping with the same text in several languages, by their tags.
    The value of a placeholder that begins with a capital letter begins with one too.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        filled = template
        if values:
            filled = _PLACEHOLDER.sub(lambda m: _english(m[1], values[m[1]]), template)
        text = super().__new__(cls, filled)
        text.template, text.values = template, values
        return text

    @classmethod
    def of(cls, value: object) -> Text:
        """Return the text of an error of ours; of anything else, a text without translation."""
        if isinstance(value, IprGraphError):
            value = value.args[0]
        return value if isinstance(value, Text) else cls(str(value))

    @classmethod
    def lines(cls, *lines: Text) -> Self:
        """Return texts as the lines of one."""
        template = "\n".join(f"{{{i}}}" for i in range(len(lines)))
        return cls(template, **{str(i): line for i, line in enumerate(lines)})

    def sentence(self) -> Text:
        """Return the text with a capital letter and a full stop."""
        return Text("{Text}" if self.endswith(".") else "{Text}.", Text=self)


def _english(name: str, value: object) -> str:
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    elif isinstance(value, Mapping):
        text = str(value.get("en") or next(iter(value.values())))
    else:
        text = str(value)
    return text[:1].upper() + text[1:] if name[0].isupper() else text


class IprGraphError(Exception):
    """What is wrong, where, and what to do about it."""

    #: What the command line exits with.
    exit_code = 1

    def __init__(self, text: str) -> None:
        super().__init__(Text.of(text))


class DataError(IprGraphError):
    """The data given cannot be used as they are."""


class SyntaxProblem(DataError):
    """Where a file stops being well-formed, and what was expected there.

    Lines and columns count from 1; columns count characters, not bytes.
    """

    def __init__(self, file: str, line: int, column: int, expected: str, text: str = "") -> None:
        self.file = file
        self.line = line
        self.column = column
        self.expected = expected
        self.text = text
        shown = f"\n{point_at(text, column)}" if text else ""
        super().__init__(f"{file}, line {line}, column {column}: {expected}{shown}")


class Inconsistency(DataError):
    """Which things contradict the ontology, and by which rule."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = problems = [Text.of(problem) for problem in problems]
        noun = "contradiction" if len(problems) == 1 else "contradictions"
        super().__init__(
            f"the data contradict the ontology ({len(problems)} {noun}):\n"
            + "\n".join(f"- {problem}" for problem in problems)
            + "\nCorrect the claims about these things, or the axiom in ontology/."
        )


class ShapesViolated(DataError):
    """The shapes reject the data: the number of violations, and the report as text."""

    def __init__(self, violations: int, report: str) -> None:
        noun = "violation" if violations == 1 else "violations"
        super().__init__(f"the shapes reject the data ({violations} {noun}):\n\n{report}")


class ReleaseError(DataError):
    """A folder is not a whole, unaltered release."""


class ServerFailed(DataError):
    """A server cannot be reached, or failed."""


class SignatureError(DataError):
    """What is wrong with a signature; a sentence that begins with "it"."""


class UsageError(IprGraphError):
    """A command or function was called in a way that cannot work."""

    exit_code = 2


class QuerySyntaxError(UsageError):
    """Where a query stops being well-formed, with a hint where there is one.

    Lines and columns count from 1.
    """

    def __init__(
        self, message: str, line: int | None = None, column: int | None = None, hint: str = ""
    ) -> None:
        self.message = Text.of(message)
        self.line = line
        self.column = column
        self.hint = Text.of(hint)
        where = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(where + message + (f" ({hint})" if hint else ""))


class QueryRefused(UsageError):
    """A query is refused before it runs, and for which reason.

    A refusal that no change of the query's size or shape would lift is marked as forbidden.
    """

    def __init__(self, message: str, *, forbidden: bool = False) -> None:
        self.forbidden = forbidden
        super().__init__(message)


class FormatError(UsageError):
    """A result cannot be written in the format asked for; says in which it can."""


class ResultTooLarge(UsageError):
    """An answer was given up because it has more bytes than allowed."""


class PeerFailed(UsageError):
    """Which endpoint failed and how; ``reason`` is one word, ``where`` the place of the SERVICE."""

    def __init__(self, url: str, reason: str, how: str, where: str = "") -> None:
        self.url = url
        self.reason = reason
        self.how = Text.of(how)
        values = {"url": url, "where": Text.of(where), "how": self.how}
        at = " ({where})" if where else ""
        super().__init__(Text(f"the SERVICE <{{url}}>{at} {{how}}", **values))


def point_at(text: str, column: int) -> str:
    """Return a line with a caret under a column; long lines are cut around it."""
    start = max(0, column - 60)
    shown = text[start : start + 100]
    before = shown[: max(0, column - 1 - start)]
    # A tab stays a tab and a wide character takes two cells, so the caret stands under its place.
    pad = "".join("\t" if c == "\t" else "  " if ord(c) > 0x2E7F else " " for c in before)
    return f"    {shown}\n    {pad}^"
