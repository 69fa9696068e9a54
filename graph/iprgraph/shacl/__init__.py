"""SHACL compiled to SPARQL: the engine finds what is wrong; where it is not sure, pySHACL judges.

    from iprgraph.shacl import Data, LexicalForms, Validator

    validator = Validator(shapes)                       # compiles; once, before workers are forked
    data = Data(store, hidden=[SHAPES], merged=MERGED)  # a store that answers queries too

    report = validator.whole(data)                      # everything: Report
    report = validator.changed(data, added, removed)    # what a change can have altered: Report

`added` and `removed` are the quads of a change that the store already has, as the store holds them
(inferred ones too). The report of `changed` has every result, old or new, of the focus nodes whose
results can differ, and of no others; its cost follows the change. `rewritten=LexicalForms(quads)` tells
which literals the store holds otherwise than they were written (see `written`); tell it of removed
quads by `rewritten.remove(removed)`. Raises DataError where the shapes cannot be used.
"""

from __future__ import annotations

from iprgraph.rdf.lexical_forms import EscapedLiterals, LexicalForms
from iprgraph.shacl.compile.data import Data
from iprgraph.shacl.validator import Validator

__all__ = ["Data", "EscapedLiterals", "LexicalForms", "Validator"]
