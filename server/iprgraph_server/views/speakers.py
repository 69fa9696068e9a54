"""Who says what: speakers by theme, plans against facts."""

from __future__ import annotations

from flask import Blueprint, Response, request

from iprgraph_server.http.formats import HTML
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data import responses
from iprgraph_server.models.page_context import page_context
from iprgraph_server.models.speakers import CLAIMS_SHOWN, MODALITIES, THEMES, read_speakers
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation.wording import Wording

views = Blueprint("speakers", __name__)


@views.get("/speakers")
@described("pages", HTML, query=("lang",), refusals=())
def speakers() -> Response:
    """Show who says what in articles."""
    found, names = read_speakers(page_context().graph)
    return responses.page(
        "speakers.html",
        w=Wording(choose(request), names),
        speakers=found,
        themes=[theme for theme in THEMES if any(theme in s.themes for s in found)],
        modalities=MODALITIES,
        most=CLAIMS_SHOWN,
    )
