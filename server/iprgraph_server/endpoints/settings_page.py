"""Show the settings in force, for people and for programs."""

from __future__ import annotations

import json
from typing import Any

from iprgraph_server.http.formats import HTML, JSON
from iprgraph_server.http.headers import type_headers
from iprgraph_server.http.messages import Answer, Request
from iprgraph_server.http.negotiation import negotiate
from iprgraph_server.presentation.templates import render
from iprgraph_server.settings import SETTINGS, Settings


def show_settings(settings: Settings, request: Request) -> Answer:
    """Answer with the settings, as a table for browsers, else as JSON."""
    rows = _rows(settings)
    if negotiate(request.accept, (JSON, HTML)) is HTML:
        reader = request.reader()
        varied = ("vary", "Accept, Accept-Language"), ("content-language", reader.language)
        return Answer(
            200, [*type_headers(HTML), *varied], render("settings.html", reader, rows=rows)
        )
    body = json.dumps({"settings": rows}, indent=1, ensure_ascii=False).encode()
    return Answer(200, type_headers(JSON), body)


def _rows(settings: Settings) -> list[dict[str, Any]]:
    """Return the settings but for the paths of files, which are private to this machine."""
    return [
        {
            "name": s.name,
            "value": getattr(settings, s.name),
            "default": s.default,
            "unit": s.unit,
            "help": s.help,
        }
        for s in SETTINGS
        if s.unit != "path"
    ]
