"""Keep the headers that answers share, and write the answers that are little but headers."""

from __future__ import annotations

from iprgraph_server.errors import Problem
from iprgraph_server.http.messages import Answer, Headers, Request
from iprgraph_server.http.negotiation import HTML
from iprgraph_server.http.problems import headers_of, language_of, render
from iprgraph_server.presentation.plain_page import DATA_POLICY, POLICY

#: Sent with every answer of the endpoint, so that a page of any origin may read it.
COMMON: Headers = [
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "Allow, ETag, Link, Location, Memento-Datetime, Retry-After, X-Description-Cut, "
        "X-Request-Id",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
]

#: Added to the answers of the pages where they set no such header themselves.
PAGE_HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}

_PREFLIGHT: Headers = [
    (
        "access-control-allow-headers",
        "Accept, Accept-Datetime, Authorization, Content-Type, If-None-Match, X-Request-Id",
    ),
    ("access-control-max-age", "86400"),
]


def options(methods: tuple[str, ...]) -> Answer:
    """Answer OPTIONS, a browser's preflight among them."""
    allow = ", ".join(methods)
    headers = [("allow", allow), ("access-control-allow-methods", allow), *_PREFLIGHT]
    return Answer(204, headers)


def refuse(problem: Problem, request: Request) -> Answer:
    """Answer with a problem in the form that suits who asks."""
    reader = request.reader()
    content_type, body = render(problem, request.id, request.accept, request.agent, reader)
    is_page = content_type == HTML.content_type
    policy = POLICY if is_page else DATA_POLICY
    headers = [
        ("content-type", content_type),
        ("content-security-policy", policy),
        ("cache-control", "no-store"),
        ("vary", "Accept, Accept-Language, User-Agent"),
        *language_of(content_type, reader),
        *headers_of(problem),
    ]
    return Answer(problem.status, headers, body, problem.name)
