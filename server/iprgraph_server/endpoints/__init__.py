"""The protocol endpoints: SPARQL, graph store, validation, reconciliation."""
