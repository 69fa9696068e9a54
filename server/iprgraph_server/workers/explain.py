"""Answer why a triple holds, in a query worker."""

from __future__ import annotations

import json

import pyoxigraph as ox

from iprgraph.rdf.terms import read_term
from iprgraph.reasoning.explain import Explainer
from iprgraph.reasoning.proofs import Prover
from iprgraph_server.errors import NothingSaysIt, QueryRefusedProblem
from iprgraph_server.i18n.catalogue import term_names
from iprgraph_server.workers.jobs import Why


def explain(store: ox.Store, prover: Prover | None, job: Why) -> bytes:
    """Return the proofs of a triple as JSON, shortest first; raises NothingSaysIt where there are none."""
    if prover is None:
        raise QueryRefusedProblem(
            "The axioms of this graph go beyond OWL 2 RL, so nothing is proved here."
        )
    triple = (read_term(job.subject), read_term(job.predicate), read_term(job.object))
    proofs = prover.prove(store, triple, job.most)
    if not proofs:
        raise NothingSaysIt("Neither is this stated in the graph, nor does it follow from what is.")
    explainer = Explainer(store, term_names)
    return json.dumps([explainer.explain(proof) for proof in proofs], ensure_ascii=False).encode()
