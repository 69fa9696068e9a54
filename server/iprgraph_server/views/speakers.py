"""Who says what: speakers by theme, plans against facts."""

from __future__ import annotations

from flask import Blueprint, Response, request

from iprgraph_server import answers
from iprgraph_server.language import choose
from iprgraph_server.site import site
from iprgraph_server.speakers import CLAIMS_SHOWN, MODALITIES, THEMES, read_speakers
from iprgraph_server.wording import Wording

views = Blueprint("speakers", __name__)


@views.get("/speakers")
def speakers() -> Response:
    """Show who says what in articles."""
    found, names = read_speakers(site())
    return answers.page(
        "speakers.html",
        w=Wording(choose(request), names),
        speakers=found,
        themes=[theme for theme in THEMES if any(theme in s.themes for s in found)],
        modalities=MODALITIES,
        most=CLAIMS_SHOWN,
    )
