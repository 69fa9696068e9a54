"""The manifest: what clients are told of the service."""

from __future__ import annotations

from typing import Any

from iprgraph import __version__
from iprgraph.namespaces import ID, PREFIXES
from iprgraph.reconciliation.data_extension import SETTINGS
from iprgraph.reconciliation.suggest import Suggest

#: Classes that people reconcile with most.
_DEFAULTS = ("Organization", "Person", "Country", "Place", "Treaty", "Law", "Plan", "Indicator")
_NAMES = {"en": "IPR Graph", "zh": "知识产权图谱"}
#: Queries that clients had better send at once. OpenRefine sends 10 where it is not told, and gives
#: up after a minute, which so many take only where the server has much else to do.
_BATCH = 200
#: Pixels of a preview.
_WIDTH, _HEIGHT = 420, 220


def manifest(root: str, suggest: Suggest, language: str) -> dict[str, Any]:
    """Return the manifest; `root` is the address of the service."""
    site = root.removesuffix("/reconcile")
    classes = {term["id"]: term for term in suggest.type("", language, 1_000, 0)}
    return {
        "versions": ["0.2"],
        "name": _NAMES[language],
        "defaultTypes": [classes[f"ipr:{name}"] for name in _DEFAULTS if f"ipr:{name}" in classes],
        "documentation": f"{site}/",
        "logo": f"{site}/static/mark.svg",
        "serviceVersion": __version__,
        "identifierSpace": ID.iri,
        "schemaSpace": PREFIXES["ipr"],
        "view": {"url": f"{root}/view?id={{{{id}}}}"},
        "preview": {
            "url": f"{root}/preview?id={{{{id}}}}",
            "width": _WIDTH,
            "height": _HEIGHT,
        },
        "suggest": {
            kind: {
                "service_url": root,
                "service_path": f"/suggest/{kind}",
                "flyout_service_url": root,
                "flyout_service_path": f"/flyout/{kind}?id=${{id}}",
            }
            for kind in ("entity", "property", "type")
        },
        "extend": {
            "propose_properties": {"service_url": root, "service_path": "/extend/propose"},
            "property_settings": [_setting(setting, language) for setting in SETTINGS],
        },
        # A member of the drafts of version 1.0, which OpenRefine looks for in 0.2 too.
        "batchSize": _BATCH,
    }


def _setting(setting: dict[str, Any], language: str) -> dict[str, Any]:
    """Return a setting of data extension in one language."""
    document = {
        "name": setting["id"],
        "label": setting["name"][language],
        "type": setting["type"],
        "default": setting["default"],
        "help_text": setting["help"][language],
    }
    if "choices" in setting:
        document["choices"] = [
            {"value": value, "name": names[language]} for value, names in setting["choices"].items()
        ]
    return document
