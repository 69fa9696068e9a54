"""Claims, their passages and checks: the model, evidence, citations, nanopublications."""
