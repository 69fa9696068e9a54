"""Reconciliation: match the names in other people's tables to things of the graph.

Implements version 0.2 of the Reconciliation Service API of the W3C Community Group
(https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/).
"""
