"""What GET does at the addresses of the protocol endpoints, beyond SPARQL and the Graph Store."""

from __future__ import annotations

from iprgraph_server.http.formats import HTML, JSON, TEXT
from iprgraph_server.openapi.described import Operation, described

#: By path: the summary, and what the address takes and returns.
PROTOCOL_OPERATIONS: dict[str, tuple[str, Operation]] = {
    "/metrics": (
        "Give the metrics, for Prometheus.",
        described("operation", TEXT, "application/openmetrics-text", refusals=()),
    ),
    "/settings": (
        "Show the settings in force.",
        described(
            "operation", JSON, HTML, schema="Settings", formats=(JSON, HTML), refusals=(406,)
        ),
    ),
    "/reconcile": (
        "Describe the reconciliation service, by version 0.2 of its API.",
        described("reconciliation", JSON, schema="Manifest", refusals=(400, 404)),
    ),
    "/reconcile/extend/propose": (
        "Propose properties that things of a type have.",
        described(
            "reconciliation",
            JSON,
            schema="Proposed",
            query=("type!", "limit", "lang"),
            refusals=(400, 404),
        ),
    ),
    "/reconcile/preview": (
        "Show a thing in little, for a frame.",
        described("reconciliation", HTML, query=("id!", "lang"), refusals=(400, 404)),
    ),
    "/reconcile/view": (
        "Lead to the page of a thing.",
        described("reconciliation", query=("id!",), redirect=303, refusals=(400, 404)),
    ),
}
for _kind in ("entity", "property", "type"):
    PROTOCOL_OPERATIONS[f"/reconcile/suggest/{_kind}"] = (
        f"Complete the name as one types: {_kind}.",
        described(
            "reconciliation",
            JSON,
            schema="Suggestions",
            query=("prefix", "limit", "lang"),
            refusals=(400, 404),
        ),
    )
