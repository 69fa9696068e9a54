"""Report an error: a text that says where it was seen, ready to be sent."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from iprgraph.namespaces import BASE
from iprgraph_server.http.formats import HTML
from iprgraph_server.http.problems import BadRequest
from iprgraph_server.i18n.language import choose, translate
from iprgraph_server.linked_data import responses
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described

views = Blueprint("reports", __name__)

#: Longest name of a thing that is taken.
_LONGEST = 400


@views.get("/report")
@described("pages", HTML, query=("about!", "lang"), refusals=(400,))
def form() -> Response:
    """Show a report about a thing, with links that send it where the operator takes reports."""
    about = request.args.get("about", "")
    if not about.startswith(BASE) or len(about) > _LONGEST:
        raise BadRequest(f"about must be the IRI of a thing: it begins with {BASE}.")
    context, language = page_context(), choose(request)
    title = str(translate("report.subject", language, about=about.removeprefix(BASE)))
    page = url_for("reports.form", _external=True)
    text = str(
        translate("report.text", language, about=about, release=context.release.id, page=page)
    )
    contact = context.settings.contact
    send = ""
    if "@" in contact and not contact.startswith("http"):
        send = f"mailto:{contact}?" + urlencode({"subject": title, "body": text}).replace(
            "+", "%20"
        )
    elif contact.startswith(("https://", "http://")):
        send = f"{contact}?{urlencode({'title': title, 'body': text})}"
    return responses.page("report.html", about=about, title=title, text=text, send=send)
