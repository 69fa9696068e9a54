"""The manifests: what clients of each version are told of the service."""

from __future__ import annotations

from typing import Any

from iprgraph import __version__
from iprgraph.namespaces import ID, PREFIXES
from iprgraph.reconciliation import DRAFT, V02
from iprgraph.reconciliation.data_extension import SETTINGS
from iprgraph.reconciliation.queries import MOST_QUERIES
from iprgraph.reconciliation.suggest import Suggest

#: Classes that people reconcile with most.
_DEFAULTS = ("Organization", "Person", "Country", "Place", "Treaty", "Law", "Plan", "Indicator")
_NAMES = {"en": "IPR Graph", "zh": "知识产权图谱"}
#: Queries that clients of version 0.2 had better send at once. OpenRefine sends 10 where it is not
#: told, and gives up after a minute, which so many take only where the server has much else to do.
_BATCH = 200
#: Pixels of a preview.
WIDTH, HEIGHT = 420, 220


def manifest(root: str, suggest: Suggest, language: str) -> dict[str, Any]:
    """Write the manifest of version 0.2; `root` is the address of the service."""
    flyout = {
        kind: {
            "service_url": root,
            "service_path": f"/suggest/{kind}",
            "flyout_service_url": root,
            "flyout_service_path": f"/flyout/{kind}?id=${{id}}",
        }
        for kind in ("entity", "property", "type")
    }
    return {
        "versions": [V02],
        **_shared(root, suggest, language),
        "identifierSpace": ID.iri,
        "schemaSpace": PREFIXES["ipr"],
        "view": {"url": f"{root}/view?id={{{{id}}}}"},
        "preview": {
            "url": f"{root}/preview?id={{{{id}}}}",
            "width": WIDTH,
            "height": HEIGHT,
        },
        "suggest": flyout,
        "extend": {
            "propose_properties": {"service_url": root, "service_path": "/extend/propose"},
            "property_settings": [_setting(s, language, "name", "label") for s in SETTINGS],
        },
        # A member of the draft, that OpenRefine looks for in either version.
        "batchSize": _BATCH,
    }


def draft_manifest(root: str, suggest: Suggest, language: str) -> dict[str, Any]:
    """Write the manifest of the draft; its routes are relative to `root`."""
    return {
        "versions": [DRAFT],
        **_shared(root, suggest, language),
        "view": {"url": f"{root}/view?id={{id}}"},
        "preview": {"width": WIDTH, "height": HEIGHT},
        "suggest": {"entity": True, "property": True, "type": True},
        "extend": {
            "proposeProperties": True,
            "propertySettings": [_setting(s, language, "id", "name") for s in SETTINGS],
        },
        "batchSize": MOST_QUERIES,
        "standardizedScore": True,
        "lang": language,
    }


def _shared(root: str, suggest: Suggest, language: str) -> dict[str, Any]:
    site = root.partition("/reconcile")[0]
    known = {t["id"]: t for t in suggest.type("", language, 1_000, 0)}
    types = [known[f"ipr:{name}"] for name in _DEFAULTS if f"ipr:{name}" in known]
    return {
        "name": _NAMES[language],
        "defaultTypes": types,
        "documentation": f"{site}/",
        "logo": f"{site}/static/mark.svg",
        "serviceVersion": __version__,
    }


def _setting(setting: dict[str, Any], language: str, id: str, name: str) -> dict[str, Any]:
    """Write a setting; the versions call its parts by other names."""
    helped = "help_text" if name == "label" else "helpText"
    found = {
        id: setting["id"],
        name: setting["name"][language],
        "type": setting["type"],
        "default": setting["default"],
        helped: setting["help"][language],
    }
    if "choices" in setting:
        found["choices"] = [
            {"value": value, "name": names[language]} for value, names in setting["choices"].items()
        ]
    return found
