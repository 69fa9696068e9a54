"""SHACL shapes compiled to SPARQL: conditions on focus nodes, and what they read."""
