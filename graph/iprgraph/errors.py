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

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iprgraph.shacl.report import Report


class IprGraphError(Exception):
    """Tell what is wrong, where, and what to do about it."""

    #: What the command line exits with.
    exit_code = 1


class DataError(IprGraphError):
    """Say that the data given cannot be used as they are."""


class SyntaxProblem(DataError):
    """Say where a file stops being well-formed, and what was expected there.

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
    """Say which things contradict the ontology, and by which rule."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        noun = "contradiction" if len(problems) == 1 else "contradictions"
        super().__init__(
            f"the data contradict the ontology ({len(problems)} {noun}):\n"
            + "\n".join(f"- {problem}" for problem in problems)
            + "\nCorrect the claims about these things, or the axiom in ontology/."
        )


class ShapesViolated(DataError):
    """Say which shapes reject the data; the report has every result."""

    def __init__(self, report: Report) -> None:
        self.report = report
        count = len(report.violations)
        noun = "violation" if count == 1 else "violations"
        super().__init__(f"the shapes reject the data ({count} {noun}):\n\n{report.text()}")


class ReleaseError(DataError):
    """Say that a folder is not a whole, unaltered release."""


class ServerFailed(DataError):
    """Say that a server cannot be reached, or that it failed."""


class SignatureError(DataError):
    """Say what is wrong with a signature; a sentence that begins with "it"."""


class UsageError(IprGraphError):
    """Say that a command or function was called in a way that cannot work."""

    exit_code = 2


class QuerySyntaxError(UsageError):
    """Say where a query stops being well-formed, with a hint where there is one.

    Lines and columns count from 1.
    """

    def __init__(
        self, message: str, line: int | None = None, column: int | None = None, hint: str = ""
    ) -> None:
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint
        where = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(where + message + (f" ({hint})" if hint else ""))


class QueryRefused(UsageError):
    """Say that a query is refused before it runs, and for which reason.

    A refusal that no change of the query's size or shape would lift is marked as forbidden.
    """

    def __init__(self, message: str, *, forbidden: bool = False) -> None:
        self.forbidden = forbidden
        super().__init__(message)


class FormatError(UsageError):
    """Say that a result cannot be written in the format asked for, and in which it can."""


class ResultTooLarge(UsageError):
    """Say that an answer was given up because it has more bytes than allowed."""


class PeerFailed(UsageError):
    """Say which endpoint failed and how; ``reason`` is one word, ``where`` the place of the SERVICE."""

    def __init__(self, url: str, reason: str, how: str, where: str = "") -> None:
        self.url = url
        self.reason = reason
        self.how = how
        super().__init__(f"the SERVICE <{url}>{f' ({where})' if where else ''} {how}")


def point_at(text: str, column: int) -> str:
    """Show a line with a caret under a column; long lines are cut around it."""
    start = max(0, column - 60)
    shown = text[start : start + 100]
    before = shown[: max(0, column - 1 - start)]
    # A tab stays a tab and a wide character takes two cells, so the caret stands under its place.
    pad = "".join("\t" if c == "\t" else "  " if ord(c) > 0x2E7F else " " for c in before)
    return f"    {shown}\n    {pad}^"
