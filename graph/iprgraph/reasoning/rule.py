"""Rules as data: what follows from what, by reason of which axioms."""

from __future__ import annotations

from typing import NamedTuple

from iprgraph.rdf.rdflib_bridge import Term
from iprgraph.reasoning.axioms import Triple

#: A variable of a rule; terms are pyoxigraph's.
Var = str
Atom = tuple[Term | Var, Term | Var, Term | Var]


class Rule(NamedTuple):
    """What follows (``head``) where all of ``body`` holds, by reason of ``axioms``.

    A head of None is a contradiction. The two variables of ``differ`` must stand for different terms.
    """

    name: str
    head: Atom | None
    body: tuple[Atom, ...]
    axioms: tuple[Triple, ...] = ()
    differ: tuple[Var, Var] | None = None
    #: The standard's rules that this one puts together, the last one first; empty where it is one.
    parts: tuple[Rule, ...] = ()
