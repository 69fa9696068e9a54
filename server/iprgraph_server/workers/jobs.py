"""What may be asked of the query workers, and the answer: the contract between HTTP and the pool.

Every job is a plain tuple of strings, bytes, numbers and tuples, so that it crosses a process
boundary without pickling. ``Pool.run(job)`` returns ``Done`` or raises one of ``errors``.

Formats are named ``json xml csv tsv`` (SELECT, ASK) and ``turtle ntriples nquads trig jsonld rdfxml``
(CONSTRUCT, DESCRIBE, graphs).
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Query(NamedTuple):
    """Ask a SPARQL query.

    ``default_graphs`` and ``named_graphs`` are the protocol's dataset parameters: when either is
    given they replace FROM and FROM NAMED. ``timeout`` (seconds) may only shorten the setting.
    Without ``infer``, the dataset is what is stated: graph/inferred is not there.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    format: str = "json"
    timeout: float | None = None
    base: str | None = None
    infer: bool = True


class Update(NamedTuple):
    """Run a SPARQL update; ``using_*`` are the protocol's parameters, refused beside USING or WITH."""

    text: str
    using_graphs: tuple[str, ...] | None = None
    using_named_graphs: tuple[str, ...] | None = None
    timeout: float | None = None
    base: str | None = None
    dry_run: bool = False


class GraphRead(NamedTuple):
    """Read one graph, or the default graph when ``graph`` is None."""

    graph: str | None
    format: str = "turtle"
    timeout: float | None = None


class GraphWrite(NamedTuple):
    """Replace (PUT), extend (POST) or remove (DELETE) one graph; None is the default graph."""

    graph: str | None
    method: str
    body: bytes = b""
    format: str = "turtle"
    base: str | None = None
    timeout: float | None = None
    dry_run: bool = False


class Why(NamedTuple):
    """Ask why a triple holds; its terms are in N-Triples, ``most`` bounds the proofs."""

    subject: str
    predicate: str
    object: str
    most: int = 1
    timeout: float | None = None


class Validate(NamedTuple):
    """Validate documents that are not stored, against ``shapes``, else against the dataset's own.

    A document is what it is called, its format and its bytes. ``with_graph`` adds the dataset's own
    statements, and what follows from both.
    """

    data: tuple[tuple[dict[str, Any], str, bytes], ...]
    shapes: tuple[tuple[dict[str, Any], str, bytes], ...] = ()
    with_graph: bool = True
    base: str | None = None
    timeout: float | None = None


Job = Query | Update | GraphRead | GraphWrite | Why | Validate

#: The order is the wire's: a job travels as its index here and its fields.
KINDS: tuple[type[Job], ...] = (Query, Update, GraphRead, GraphWrite, Why, Validate)


class Done(NamedTuple):
    """A complete answer.

    ``facts`` always holds ``generation`` (number of writes seen, int) and ``seconds`` (evaluation).
    Reads add ``media_type`` and, for queries, ``form`` (SELECT, ASK, CONSTRUCT, DESCRIBE); a
    DESCRIBE that was cut adds ``cut`` (True), a query some of whose services failed under SILENT
    ``silenced`` (their addresses). Writes add ``added`` and ``removed`` (quads), and
    ``created`` (bool) when a graph that was not there before now is.
    """

    body: bytes
    facts: dict[str, Any]


def is_write(job: Job) -> bool:
    """Check whether a job changes the dataset."""
    return isinstance(job, (Update, GraphWrite))
