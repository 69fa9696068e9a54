"""Show the settings in force, for people and for programs."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from iprgraph_server.http.formats import HTML, JSON
from iprgraph_server.http.headers import type_headers
from iprgraph_server.http.messages import Answer, Request
from iprgraph_server.http.negotiation import negotiate
from iprgraph_server.i18n.language import Reader, translate
from iprgraph_server.presentation.plain_page import page
from iprgraph_server.settings import SETTINGS, Settings


def show_settings(settings: Settings, request: Request) -> Answer:
    """Answer with the settings, as a table for browsers, else as JSON."""
    rows = _rows(settings)
    if negotiate(request.accept, (JSON, HTML)) is HTML:
        reader = request.reader()
        spoken = ("vary", "Accept, Accept-Language"), ("content-language", reader.language)
        return Answer(200, [*type_headers(HTML), *spoken], _page(rows, reader))
    body = json.dumps({"settings": rows}, indent=1, ensure_ascii=False).encode()
    return Answer(200, type_headers(JSON), body)


def _page(rows: list[dict[str, Any]], reader: Reader) -> bytes:
    title = str(translate("settings.title", reader.language))
    return page(title, _table(rows, reader.language), reader)


def _rows(settings: Settings) -> list[dict[str, Any]]:
    """List the settings; where things are on this machine is nobody's business."""
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


def _table(rows: list[dict[str, Any]], language: str) -> str:
    heads = (translate(f"settings.{name}", language) for name in ("name", "value", "default"))
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "\n".join(_row(row, language) for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _row(row: dict[str, Any], language: str) -> str:
    told = translate(f"setting_help.{row['name']}", language)
    # Of nothing there is no unit.
    unit = (
        translate(f"setting_units.{row['unit']}", language) if row["value"] not in ("", ()) else ""
    )
    value, default = (_value(row[name], language) for name in ("value", "default"))
    return (
        f"<tr><td><code>{row['name']}</code><br><small>{told}</small></td>"
        f"<td>{value} <small>{unit}</small></td><td>{default}</td></tr>"
    )


def _value(value: Any, language: str) -> str:
    if isinstance(value, tuple):
        value = " ".join(value)
    if value == "":
        return str(translate("settings.none", language))
    return escape(f"{value:,}" if isinstance(value, int) else str(value))
