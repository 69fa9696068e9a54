"""Why a triple holds: the proof, down to the claims and passages that state it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, json, request

from iprgraph.errors import Text, UsageError
from iprgraph.rdf.terms import read_term
from iprgraph.reasoning.proof_formats import STANDARD, quads, text
from iprgraph_server.http.formats import HTML, JSON, PROOFS, TEXT
from iprgraph_server.http.problems import BadRequest
from iprgraph_server.i18n.language import choose
from iprgraph_server.linked_data.documents import write
from iprgraph_server.linked_data.responses import pick
from iprgraph_server.linked_data.tombstones import local
from iprgraph_server.models.page_context import page_context
from iprgraph_server.openapi.described import described
from iprgraph_server.presentation import pages
from iprgraph_server.workers.jobs import Why

views = Blueprint("why", __name__)


#: Most proofs in one answer.
MOST = 10


@views.get("/why")
@described(
    "search",
    *PROOFS,
    schema="Proofs",
    query=("subject!", "predicate!", "object!", "most", "lang"),
    refusals=(400, 404, 406),
)
def why() -> Response:
    """Prove a triple; `subject`, `predicate` and `object` name it, `most` bounds the proofs."""
    form = pick(request, PROOFS, "a proof")
    proofs = _proofs()
    language = choose(request)
    if form is HTML:
        response = pages.page("why.html", proofs=proofs, local=local, standard=STANDARD)
    elif form is JSON:
        response = Response(json.dumps(proofs), content_type=JSON.content_type)
    elif form is TEXT:
        shown = "\n".join(text(proof, language) for proof in proofs)
        response = Response(shown, content_type="text/plain; charset=utf-8")
        response.vary.add("Accept-Language")
    else:
        proof_quads = [quad for proof in proofs for quad in quads(proof)]
        response = Response(write(proof_quads, form), content_type=form.content_type)
    response.vary.add("Accept")
    return response


def _proofs() -> list[dict[str, Any]]:
    most = request.args.get("most", "1")
    if not (most.isascii() and most.isdigit() and 1 <= int(most) <= MOST):
        raise BadRequest(
            Text("most is a number from 1 to {most}, not {value}.", most=MOST, value=repr(most)),
            parameter="most",
        )
    job = Why(_term("subject"), _term("predicate"), _term("object"), int(most))
    proofs: list[dict[str, Any]] = json.loads(page_context().graph.pool.run(job).body)
    return proofs


def _term(name: str) -> str:
    """Read one term of the triple as N-Triples; raises BadRequest."""
    written = request.args.get(name, "")
    if not written:
        raise BadRequest(
            Text(
                "{name} is missing: "
                "/why?subject=organization:wipo&predicate=rdf:type&object=prov:Agent",
                name=name,
            ),
            parameter=name,
        )
    try:
        return str(read_term(written))
    except UsageError as error:
        told = Text("{name}: {told}.", name=name, told=Text.of(error))
        raise BadRequest(told, parameter=name) from None
