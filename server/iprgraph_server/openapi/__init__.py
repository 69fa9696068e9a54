"""The addresses beyond SPARQL, described by OpenAPI 3.1.

Each view carries its description (`described`); the protocol endpoints' stand in tables.
"""
