"""SHACL compiled to SPARQL: the engine finds violations; where it is not certain, pySHACL decides.

    from iprgraph.shacl import Data, LexicalForms, Validator

    validator = Validator(shapes)                       # compiles; once, before workers are forked
    data = Data(store, hidden=[SHAPES], merged=MERGED)  # a store that answers queries too

    report = validator.validate(data)                      # of all nodes: Report
    report = validator.validate_change(data, added, removed)    # of nodes that a change affects

`added` and `removed` are the quads of a change that the store already has, as the store holds them
(inferred ones too). The report of `validate_change` has all results, old
and new, of the focus nodes whose results may differ, and of no others; its cost depends on the change.
`rewritten=LexicalForms(quads)` has the literals that the store does not hold as they were written; keep it
up to date by `rewritten.remove(removed)`. Raises DataError where the shapes cannot be used.
"""

from __future__ import annotations

from iprgraph.rdf.lexical_forms import EscapedLiterals, LexicalForms
from iprgraph.shacl.compile.data import Data
from iprgraph.shacl.validator import Validator

__all__ = ["Data", "EscapedLiterals", "LexicalForms", "Validator"]
