"""All that header fields say: content security, caching, entity tags, and what every answer has."""

from __future__ import annotations

from hashlib import blake2b

from iprgraph_server.http.formats import HTML, Format
from iprgraph_server.http.messages import Answer, Headers

#: Pages load the site's own style and pictures, and nothing runs.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

#: What the policy of a page with a script allows besides: the site's scripts, and asking the site.
SCRIPT_POLICY = "; script-src 'self'; connect-src 'self'"

#: Of a preview, which any page may show in a frame; it loads the site's style and nothing else.
FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)

#: Of everything else: data, should a browser ever show it, may do nothing at all.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

#: Sent with every answer of an endpoint, so that a page of any origin may read it.
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

#: Sent with every page and document where it sets no such header itself.
PAGES = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Content-Location, ETag, Link, Location, Memento-Datetime, Repr-Digest, Retry-After, "
        "X-Request-Id"
    ),
}

#: Sent with the answers of a web framework that set no such header, such as those to its own faults.
PAGE_HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}

#: Answers may be stored, but not reused unasked: the entity tag tells at once whether they still hold.
REVALIDATED = ("cache-control", "public, no-cache")

#: Documents can change with a write, so they are asked for again after a minute.
FOR_A_MINUTE = "public, max-age=60"

#: What has the hash of its content in its address never changes.
FOR_EVER = "public, max-age=31536000, immutable"

#: A page with an article's own text in it is for its reader alone.
PRIVATE = "private, no-store"

VARY = ("vary", "Accept, Accept-Encoding, Accept-Datetime")

_PREFLIGHT: Headers = [
    (
        "access-control-allow-headers",
        "Accept, Accept-Datetime, Authorization, Content-Type, If-None-Match, X-Request-Id",
    ),
    ("access-control-max-age", "86400"),
]


def type_headers(form: Format) -> Headers:
    """Return the headers that say what a body is, and what a browser may do with it."""
    policy = PAGE_POLICY if form is HTML else DATA_POLICY
    return [("content-type", form.content_type), ("content-security-policy", policy)]


def vary_headers(language: str) -> Headers:
    """Return the headers that say by what an answer was chosen, and its language unless that is ""."""
    if not language:
        return [VARY]
    return [("vary", f"{VARY[1]}, Accept-Language"), ("content-language", language)]


def entity_tag(state: str, identity: tuple[object, ...]) -> str:
    """Return a strong entity tag of the state of the dataset, the query, the type, the coding."""
    digest = blake2b(f"{state}{identity}".encode("utf-8", "replace"), digest_size=16)
    return f'"{digest.hexdigest()}"'


def options(methods: tuple[str, ...]) -> Answer:
    """Answer OPTIONS, a browser's preflight among them."""
    allow = ", ".join(methods)
    headers = [("allow", allow), ("access-control-allow-methods", allow), *_PREFLIGHT]
    return Answer(204, headers)
