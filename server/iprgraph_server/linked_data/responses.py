"""Answers of the Flask app: the format chosen, redirects, and the Link header."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Request, Response, url_for

from iprgraph_server.http.formats import DOCUMENTS, SUFFIXES, Format
from iprgraph_server.http.negotiation import named, negotiate
from iprgraph_server.http.problems import NotAcceptable

LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"

#: An address, and the parameters of a link to it.
Link = tuple[str, dict[str, str]]

#: Characters that an address may hold as they are.
_SAFE = "/:@!$&'()*+,;=~?#%[]"


def pick(req: Request, formats: tuple[Format, ...], what: str) -> Format:
    """Choose the format by `?format=` or Accept; raises NotAcceptable."""
    asked = req.args.get("format")
    accept = req.headers.get("accept", "")
    form = negotiate(accept, formats) if asked is None else named(asked, formats)
    if form is None:
        raise NotAcceptable(accept if asked is None else asked, formats, what)
    return form


def see_other(address: str) -> Response:
    """Redirect (303) from a thing to what tells about it, chosen by Accept."""
    response = Response(status=303, headers={"Location": address})
    response.vary.add("Accept")
    return response


def link(response: Response, *links: Link) -> Response:
    """Add the Link header, with the licence in it."""
    # One field for all: some clients keep only the last of several.
    licence: Link = (LICENSE_URL, {"rel": "license"})
    response.headers["Link"] = ", ".join(map(written, (*links, licence)))
    return response


def written(link: Link) -> str:
    """Write one link as the Link header has it."""
    address, parameters = link
    told = "".join(f'; {name}="{value}"' for name, value in parameters.items())
    return f"<{quote(address, safe=_SAFE)}>{told}"


def alternates(endpoint: str, besides: Format | None = None, **values: Any) -> list[Link]:
    """Link a document in its other forms; the endpoint takes a `suffix`."""
    return [
        (
            url_for(endpoint, suffix=SUFFIXES[form.name], **values),
            {"rel": "alternate", "type": form.media_type},
        )
        for form in DOCUMENTS
        if form is not besides
    ]
