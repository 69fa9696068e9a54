"""SHACL shapes compiled to SPARQL."""
