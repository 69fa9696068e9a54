"""Answers of the Flask app: the format chosen, redirects, and the Link header."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Request, Response, request, url_for

from iprgraph_server.http.formats import DOCUMENTS, SUFFIXES, Format
from iprgraph_server.http.negotiation import named, negotiate
from iprgraph_server.http.problems import NotAcceptable

LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"

#: An address, and the parameters of a link to it.
Link = tuple[str, dict[str, str]]

#: Characters that an address may hold as they are.
_SAFE = "/:@!$&'()*+,;=~?#%[]"


def pick(req: Request, formats: tuple[Format, ...], what: str) -> Format:
    """Return the format by `?format=` or Accept; raises NotAcceptable."""
    name = req.args.get("format")
    accept = req.headers.get("accept", "")
    form = negotiate(accept, formats) if name is None else named(name, formats)
    if form is None:
        raise NotAcceptable(accept if name is None else name, formats, what)
    return form


def see_other(address: str) -> Response:
    """Return a redirect (303) from a thing to a page or document about it, chosen by Accept."""
    response = Response(status=303, headers={"Location": address})
    response.vary.add("Accept")
    return response


def passed_on(*names: str) -> dict[str, Any]:
    """Return those query parameters of the request that a redirect passes on."""
    return {name: request.args[name] for name in names if name in request.args}


def link(response: Response, *links: Link) -> Response:
    """Add the Link header, with the licence in it."""
    # One field for all: some clients keep only the last of several.
    licence: Link = (LICENSE_URL, {"rel": "license"})
    response.headers["Link"] = ", ".join(map(written, (*links, licence)))
    return response


def written(link: Link) -> str:
    """Return one link as written in the Link header."""
    address, parameters = link
    written_parameters = "".join(f'; {name}="{value}"' for name, value in parameters.items())
    return f"<{quote(address, safe=_SAFE)}>{written_parameters}"


def alternates(endpoint: str, besides: Format | None = None, **values: Any) -> list[Link]:
    """Return the links to a document in its other formats; the endpoint takes a `suffix`."""
    return [
        (
            url_for(endpoint, suffix=SUFFIXES[form.name], **values),
            {"rel": "alternate", "type": form.media_type},
        )
        for form in DOCUMENTS
        if form is not besides
    ]
