"""The errors that a job can end with, each with what an HTTP answer needs.

Problem
├── QuerySyntax            400  the query, update or data cannot be parsed (line, column, hint)
├── QueryRefusedProblem    400  understood, but over a bound; 403 when forbidden (SERVICE, LOAD)
├── NotWritable            403  this dataset takes no writes
├── NoSuchGraph            404  the graph asked for is not there
├── NothingSaysIt          404  a triple that is asked about is neither stated nor inferred
├── WrongFormat            406  the format does not suit the form of the query
├── Contradiction          422  the write would contradict the ontology (problems)
├── ShapesRejected         422  the shapes reject the write (report, an RDF graph)
├── WorkerDied             500  the worker ended while it evaluated
├── ServiceFailed          502  an endpoint that a SERVICE calls has failed; 504 when it was too slow
├── TimedOut               503  the query ran longer than it may
├── Busy                   503  all workers are taken and the queue is full
├── OutOfMemory            507  the query needs more memory than it may use
└── ResultTooLargeProblem  507  the answer has more bytes than an answer may have
"""

from __future__ import annotations

from typing import Any, ClassVar

from iprgraph.errors import Text


class Problem(Exception):
    """What is wrong and what to do: the source of a problem+json answer."""

    #: Short stable name, the last part of the problem's type IRI.
    name: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request failed"
    status: int = 500
    retry_after: int | None = None

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = Text.of(detail)
        self.status = extra.pop("status", type(self).status)
        self.retry_after = extra.pop("retry_after", type(self).retry_after)
        #: Further members of the answer: line, column, hint, limit …
        self.extra: dict[str, Any] = {k: v for k, v in extra.items() if v is not None}


class QuerySyntax(Problem):
    """The text cannot be parsed; extra: line, column (both from 1), hint."""

    name, title, status = "syntax", "The query cannot be parsed", 400


class QueryRefusedProblem(Problem):
    """The text is understood and will not be run; extra: limit, line, column, hint."""

    name, title, status = "refused", "The query is refused", 400


class NotWritable(Problem):
    """Writes are off, or the dataset is read-only."""

    name, title, status = "not-writable", "This dataset cannot be written", 403


class NoSuchGraph(Problem):
    """The graph is not in the dataset; extra: graph."""

    name, title, status = "no-such-graph", "There is no such graph", 404


class NothingSaysIt(Problem):
    """The triple does not hold, so there is no reason why it would."""

    name, title, status = "nothing-says-it", "Nothing says this", 404


class WrongFormat(Problem):
    """The format cannot carry this kind of result; extra: form, formats."""

    name, title, status = "wrong-format", "The result has no such format", 406


class Contradiction(Problem):
    """With what was sent the data would contradict the ontology; extra: problems."""

    name, title, status = "contradiction", "The ontology contradicts the data", 422


class ShapesRejected(Problem):
    """The write breaks the shapes; ``report`` is the SHACL report in N-Triples; extra: text, results."""

    name, title, status = "shapes-rejected", "The shapes reject this write", 422

    def __init__(self, detail: str, report: bytes = b"", **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.report = report


class WorkerDied(Problem):
    """The worker process ended by itself; extra: signal."""

    name, title, status = "worker-died", "The query ended its worker process", 500


class ServiceFailed(Problem):
    """An endpoint called by SERVICE gave no answer that can be used; extra: service, reason."""

    name, title, status = "service-failed", "A service that the query calls has failed", 502


class TimedOut(Problem):
    """Stopped at its deadline; extra: limit (seconds)."""

    name, title, status = "timed-out", "The query took too long", 503


class Busy(Problem):
    """Nothing was run; come back after ``retry_after`` seconds; extra: limit (queue)."""

    name, title, status = "busy", "The endpoint is busy", 503
    retry_after = 2


class OutOfMemory(Problem):
    """Stopped at its memory bound; extra: limit (megabytes)."""

    name, title, status = "out-of-memory", "The query needs too much memory", 507


class ResultTooLargeProblem(Problem):
    """Refused whole, never cut; extra: limit (bytes)."""

    name, title, status = "result-too-large", "The answer is too large", 507


#: Every kind of Problem by its name: how one crosses from a worker to its client.
BY_NAME: dict[str, type[Problem]] = {
    kind.name: kind
    for kind in (
        QuerySyntax, QueryRefusedProblem, NotWritable, NoSuchGraph, NothingSaysIt, WrongFormat, Contradiction, ShapesRejected,
        WorkerDied, ServiceFailed, TimedOut, Busy, OutOfMemory, ResultTooLargeProblem,
    )
}  # fmt: skip


def pack(value: Any) -> Any:
    """Return a value with its texts as what JSON and ``marshal`` can write, to be sent to another process."""
    if isinstance(value, Text):
        return {"template": value.template, "values": pack(value.values)}
    if isinstance(value, dict):
        return {key: pack(item) for key, item in value.items()}
    return [pack(item) for item in value] if isinstance(value, list | tuple) else value


def unpack(value: Any) -> Any:
    """Return a value that was packed, its texts being texts again."""
    if isinstance(value, dict):
        value = {key: unpack(item) for key, item in value.items()}
        is_text = value.keys() == {"template", "values"}
        return Text(value["template"], **value["values"]) if is_text else value
    return [unpack(item) for item in value] if isinstance(value, list) else value
