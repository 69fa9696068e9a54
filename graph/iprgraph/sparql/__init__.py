"""The text of SPARQL queries: tokens, bounds, rewriting. Evaluates nothing."""
