"""Reconciliation: match the names in other people's tables to things of the graph.

Speaks the Reconciliation Service API of the W3C Community Group, versions 0.2 and 1.0-draft
(https://reconciliation-api.github.io/specs/). `asked` reads queries, `match` answers them, `extend`
gives values of properties, `suggest` completes and previews, `manifest` tells clients of all that.
"""

V02, DRAFT = "0.2", "1.0-draft"
