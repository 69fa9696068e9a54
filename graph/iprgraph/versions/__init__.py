"""Several releases: their order, and what changed between two."""
