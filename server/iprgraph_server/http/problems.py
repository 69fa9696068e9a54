"""The problems of HTTP itself; those that a job can end with are in ``errors``.

Problem
├── BadRequest            400  a parameter or the body is missing, repeated or not well-formed
├── Unauthorized          401  a write needs the token
├── NotFound              404
├── Gone                  410  what was here is retired; says since when and what replaces it
├── MethodNotAllowed      405
├── NotAcceptable         406  there is no such format; all that there are, are named
├── TooSlow               408  the body did not come in time
├── TooLarge              413
├── UriTooLong            414
├── UnsupportedMediaType  415
└── Unexpected            500  a fault of the server; says no more than its request id
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from iprgraph.errors import Text
from iprgraph_server.errors import BY_NAME, Problem
from iprgraph_server.http.formats import (
    Format,
)


class HttpProblem(Problem):
    """A refusal that HTTP itself has a status for; may bring headers of its own."""

    headers: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, detail: str, *headers: tuple[str, str], **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.own_headers = (*type(self).headers, *headers)


class BadRequest(HttpProblem):
    """A parameter or the body is missing, repeated or not well-formed; extra: parameter."""

    name, title, status = "bad-request", "The request is not well-formed", 400


class Unauthorized(HttpProblem):
    """A write came without the token, or with another."""

    name, title, status = "unauthorized", "Writing needs the token", 401
    headers = (("www-authenticate", 'Bearer realm="iprgraph"'),)


class NotFound(HttpProblem):
    """Nothing is at this address."""

    name, title, status = "not-found", "There is nothing at this address", 404


class Gone(HttpProblem):
    """What was here is retired; ``report`` is its tombstone in N-Triples; extra: since, replaced_by."""

    name, title, status = "gone", "What was here has been retired", 410

    def __init__(
        self, detail: str, *headers: tuple[str, str], report: bytes = b"", **extra: Any
    ) -> None:
        super().__init__(detail, *headers, **extra)
        self.report = report


class MethodNotAllowed(HttpProblem):
    """The address does not take this method; extra: allow."""

    name, title, status = "method-not-allowed", "This address does not take this method", 405

    def __init__(self, method: str, allowed: tuple[str, ...], detail: str = "") -> None:
        allow = ", ".join(allowed)
        detail = detail or Text(
            "{method} is not among the methods of this address: {listed}.",
            method=method,
            listed=list(allowed),
        )
        super().__init__(detail, ("allow", allow), allow=list(allowed))


class NotAcceptable(HttpProblem):
    """No format suits; extra: formats, as a list of name and media type."""

    name, title, status = "not-acceptable", "There is no such format", 406

    def __init__(self, asked: str, formats: Iterable[Format], what: str) -> None:
        formats = tuple(formats)
        super().__init__(
            Text(
                "{asked} names no format that {what} can take. There are: {listed}.",
                asked=asked,
                what=Text.of(what),
                listed=[f"{form.name} ({form.media_type})" for form in formats],
            ),
            formats=[{"format": form.name, "media_type": form.media_type} for form in formats],
        )


class TooSlow(HttpProblem):
    """The body came too slowly."""

    name, title, status = "too-slow", "The request came too slowly", 408


class TooLarge(HttpProblem):
    """The body has more bytes than the setting allows; extra: limit."""

    name, title, status = "too-large", "The request is too large", 413


class UriTooLong(HttpProblem):
    """The address is longer than the server reads; extra: limit."""

    name, title, status = "uri-too-long", "The address is too long", 414


class UnsupportedMediaType(HttpProblem):
    """The body is of a kind that is not read here; extra: media_types."""

    name, title, status = "unsupported-media-type", "The body is of no kind that is read here", 415

    def __init__(self, said: str, understood: Iterable[str], detail: str = "") -> None:
        media_types = list(understood)
        detail = detail or (
            Text("The body is said to be {type}.", type=said) if said else "The body has no type."
        )
        super().__init__(
            Text("{told} Send one of: {listed}.", told=Text.of(detail), listed=media_types),
            ("accept-post", ", ".join(media_types)),
            media_types=media_types,
        )


class Unexpected(HttpProblem):
    """A fault of the server."""

    name, title, status = "unexpected", "The server met a fault of its own", 500


#: Every kind of problem by its name.
ALL: dict[str, type[Problem]] = BY_NAME | {
    kind.name: kind
    for kind in (
        BadRequest, Unauthorized, NotFound, Gone, MethodNotAllowed, NotAcceptable, TooSlow,
        TooLarge, UriTooLong, UnsupportedMediaType, Unexpected,
    )
}  # fmt: skip


def headers_of(problem: Problem) -> list[tuple[str, str]]:
    """Return the headers that a problem asks for, Retry-After among them."""
    headers = list(getattr(problem, "own_headers", ()))
    if problem.retry_after is not None:
        headers.append(("retry-after", str(problem.retry_after)))
    return headers
