"""All forms that answers take: each format once, and the tables that a request chooses from.

In a table the best stands first: where a client likes several equally, the order decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from iprgraph.rdf.syntax import SYNTAXES
from iprgraph.release.sssom import TSV as SSSOM_TSV
from iprgraph.versions.rdf_patch import MEDIA_TYPE as RDF_PATCH


# Compared by identity: a table of formats is a key of the cache of `negotiate`.
@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """One form of an answer."""

    #: What the engine calls it; also a value of `format=`.
    name: str
    #: Media types that ask for it; the first is sent, the others are only understood.
    media_types: tuple[str, ...]
    #: Other values of `format=` that mean it.
    short: tuple[str, ...] = ()
    #: The IRI by which a service description names it.
    iri: str = ""

    @property
    def media_type(self) -> str:
        """Return the media type without parameters."""
        return self.media_types[0]

    @property
    def content_type(self) -> str:
        """Return the Content-Type header; text types declare UTF-8."""
        utf8 = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if utf8 else self.media_type


_W3C = "http://www.w3.org/ns/formats/"
_XML = ("application/xml", "text/xml")

HTML = Format("html", ("text/html",))
JSON = Format("json", ("application/json",))
TEXT = Format("text", ("text/plain",))

CSV = Format("csv", ("text/csv",), (), f"{_W3C}SPARQL_Results_CSV")
TSV = Format("tsv", ("text/tab-separated-values",), (), f"{_W3C}SPARQL_Results_TSV")
RESULTS_JSON = Format(
    "json",
    ("application/sparql-results+json", "application/json"),
    ("srj",),
    f"{_W3C}SPARQL_Results_JSON",
)
RESULTS_XML = Format(
    "xml", ("application/sparql-results+xml", *_XML), ("srx",), f"{_W3C}SPARQL_Results_XML"
)

TURTLE = Format("turtle", ("text/turtle", "application/x-turtle"), ("ttl",), f"{_W3C}Turtle")
NTRIPLES = Format("ntriples", ("application/n-triples",), ("nt", "n-triples"), f"{_W3C}N-Triples")
JSONLD = Format(
    "jsonld", ("application/ld+json", "application/json"), ("json", "json-ld"), f"{_W3C}JSON-LD"
)
RDFXML = Format(
    "rdfxml", ("application/rdf+xml", *_XML), ("xml", "rdf", "rdf-xml"), f"{_W3C}RDF_XML"
)
TRIG = Format("trig", ("application/trig", "application/x-trig"), (), f"{_W3C}TriG")
NQUADS = Format("nquads", ("application/n-quads",), ("nq", "n-quads"), f"{_W3C}N-Quads")

PROBLEM_JSON = Format("problem", ("application/problem+json", "application/json"))
BIBTEX = Format("bibtex", ("application/x-bibtex", "text/x-bibtex"), ("bib",))
CSL = Format("csl", ("application/vnd.citationstyles.csl+json",))
PATCH = Format("patch", (RDF_PATCH, "text/rdf-patch"), ("rdf-patch", "rdfp"))
MAPPINGS = Format("tsv", (SSSOM_TSV,))
LINKSET_JSON = Format("json", ("application/linkset+json", "application/json"))
LINKSET_TEXT = Format("text", ("application/linkset", "text/plain"), ("txt",))

#: Answers to SELECT and ASK.
RESULTS = (RESULTS_JSON, RESULTS_XML, CSV, TSV, HTML)

#: RDF documents.
DOCUMENTS = (TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS)

#: Answers to CONSTRUCT and DESCRIBE, and graphs.
GRAPHS = (*DOCUMENTS, HTML)

#: Formats in which a graph can be sent to the graph store.
UPLOADS = (TURTLE, NTRIPLES, JSONLD, RDFXML)

#: Reports of a validation.
REPORTS = (TURTLE, JSON, TEXT, *DOCUMENTS[1:], HTML)

#: Explanations of why a triple holds.
PROOFS = (JSON, TEXT, *DOCUMENTS, HTML)

#: Citations of an answer, and of a thing.
CITATIONS = (HTML, JSON, TEXT, BIBTEX, CSL)
REFERENCES = (TEXT, BIBTEX, CSL, HTML)

#: What changed between two releases.
DIFFERENCES = (HTML, JSON, PATCH, TEXT)

#: The link set (RFC 9264) of a thing.
LINKSETS = (LINKSET_JSON, LINKSET_TEXT)

#: Problems; those that come with an RDF graph can be had as RDF too.
PROBLEMS = (PROBLEM_JSON, HTML, TEXT)
PROBLEM_GRAPHS = (*PROBLEMS, *DOCUMENTS)

#: The ending of an address by the name of its document's format, and the format by ending.
SUFFIXES = {form.name: SYNTAXES[form.name].extension for form in DOCUMENTS}
BY_SUFFIX = {SUFFIXES[form.name]: form for form in DOCUMENTS}
