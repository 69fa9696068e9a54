"""The names the graph uses: one list of prefixes, and vocabularies that reject a misspelt term."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from pyoxigraph import NamedNode

BASE = "https://w3id.org/iprgraph/"

#: Kinds of things; each is a folder under id/ and a prefix of its own.
TYPES = [
    "action",
    "article",
    "basis",
    "check",
    "claim",
    "country",
    "estimate",
    "event",
    "indicator",
    "law",
    "measure",
    "modality",
    "observation",
    "organization",
    "passage",
    "person",
    "place",
    "plan",
    "post",
    "report",
    "scheme",
    "selector",
    "source",
    "status",
    "tenure",
    "topic",
    "treaty",
    "verdict",
]

#: Every prefix of the project: for data files, dumps and queries alike.
PREFIXES: dict[str, str] = {
    **{name: f"{BASE}id/{name}/" for name in TYPES},
    "adms": "http://www.w3.org/ns/adms#",
    "cc": "http://creativecommons.org/ns#",
    "cito": "http://purl.org/spar/cito/",
    "dbr": "http://dbpedia.org/resource/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "eurovoc": "http://eurovoc.europa.eu/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gn": "http://www.geonames.org/ontology#",
    "graph": f"{BASE}graph/",
    "ipr": f"{BASE}ontology#",
    "np": "http://www.nanopub.org/nschema#",
    "npx": "http://purl.org/nanopub/x/",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "qudt": "http://qudt.org/schema/qudt/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "ror": "https://ror.org/",
    "schema": "https://schema.org/",
    "shape": f"{BASE}shape/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "sdmx-dimension": "http://purl.org/linked-data/sdmx/2009/dimension#",
    "sdmx-measure": "http://purl.org/linked-data/sdmx/2009/measure#",
    "sem": "http://semanticweb.cs.vu.nl/2009/11/sem/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "sssom": "https://w3id.org/sssom/",
    "time": "http://www.w3.org/2006/time#",
    "unit": "http://qudt.org/vocab/unit/",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "void-ext": "http://ldf.fi/void-ext#",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


class Namespace:
    """IRIs that begin alike: `GRAPH["inferred"]`."""

    def __init__(self, iri: str) -> None:
        self.iri = iri

    def __getitem__(self, name: str) -> NamedNode:
        return NamedNode(self.iri + name)

    def __contains__(self, term: object) -> bool:
        return isinstance(term, NamedNode) and term.value.startswith(self.iri)


class Vocabulary(Namespace):
    """The listed terms of one vocabulary; any other raises AttributeError: `SKOS.prefLabel`."""

    def __init__(self, prefix: str, terms: str) -> None:
        super().__init__(PREFIXES[prefix])
        self._terms = {name: NamedNode(self.iri + name) for name in terms.split()}

    def __getattr__(self, name: str) -> NamedNode:
        try:
            return self.__dict__["_terms"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"{self.iri} has no term {name!r} in namespaces.py") from None

    def __getitem__(self, name: str) -> NamedNode:
        return self.__getattr__(name)

    def __iter__(self) -> Iterator[NamedNode]:
        return iter(self._terms.values())


ID = Namespace(f"{BASE}id/")
GRAPH = Namespace(f"{BASE}graph/")
DOWNLOADS = Namespace(f"{BASE}downloads/")

#: Only the terms that code names; ontology/ipr.ttl has them all.
IPR = Vocabulary(
    "ipr",
    "Article Check Claim Observation Passage Source about attributedTo basis confidence evidence "
    "modality saidAt saidOn source status textDigest",
)

DCAT = Vocabulary(
    "dcat",
    "Catalog DataService Dataset Distribution accessService accessURL byteSize compressFormat "
    "dataset distribution downloadURL endpointDescription endpointURL keyword landingPage "
    "mediaType packageFormat servesDataset service theme version",
)
DCTERMS = Vocabulary(
    "dcterms",
    "LicenseDocument LinguisticSystem MediaType Standard bibliographicCitation conformsTo contributor created "
    "creator date description format hasFormat hasPart hasVersion identifier isReferencedBy "
    "isReplacedBy isVersionOf issued language license modified publisher references source "
    "spatial subject temporal title type",
)
FOAF = Vocabulary(
    "foaf", "Agent Document Organization Person homepage isPrimaryTopicOf name page primaryTopic"
)
NP = Vocabulary("np", "Nanopublication hasAssertion hasProvenance hasPublicationInfo")
NPX = Vocabulary("npx", "hasNanopubType")
OA = Vocabulary(
    "oa",
    "Annotation SpecificResource TextPositionSelector TextQuoteSelector end hasBody hasSelector "
    "hasSource hasTarget start",
)
OWL = Vocabulary(
    "owl",
    "AllDifferent AllDisjointClasses AllDisjointProperties AnnotationProperty AsymmetricProperty "
    "Class DatatypeProperty FunctionalProperty InverseFunctionalProperty IrreflexiveProperty "
    "NamedIndividual NegativePropertyAssertion Nothing ObjectProperty Ontology Restriction "
    "SymmetricProperty Thing TransitiveProperty allValuesFrom assertionProperty complementOf "
    "deprecated differentFrom disjointWith distinctMembers equivalentClass equivalentProperty "
    "hasKey hasValue imports intersectionOf inverseOf maxCardinality maxQualifiedCardinality "
    "members onClass onProperty oneOf propertyChainAxiom propertyDisjointWith sameAs "
    "someValuesFrom sourceIndividual targetIndividual targetValue unionOf versionIRI versionInfo",
)
PROV = Vocabulary(
    "prov",
    "Activity Agent Entity hadPrimarySource used wasAssociatedWith wasAttributedTo wasDerivedFrom "
    "wasGeneratedBy wasQuotedFrom",
)
RDF = Vocabulary("rdf", "Property Statement first nil object predicate rest subject type value")
RDFS = Vocabulary(
    "rdfs",
    "Class Datatype Literal Resource comment domain isDefinedBy label range seeAlso subClassOf "
    "subPropertyOf",
)
SCHEMA = Vocabulary(
    "schema",
    "Claim DataDownload Dataset NewsArticle Organization Person WebPage about contentSize "
    "contentUrl creator dateModified datePublished description distribution encodingFormat "
    "headline identifier inLanguage isAccessibleForFree keywords license name publisher "
    "sameAs target url version",
)
SD = Vocabulary(
    "sd",
    "Dataset Feature Graph Language NamedGraph Service defaultDataset defaultGraph endpoint "
    "feature graph inputFormat name namedGraph resultFormat supportedLanguage",
)
SH = Vocabulary(
    "sh",
    "Info NodeShape PropertyShape SPARQLExecutable ValidationReport ValidationResult "
    "Violation Warning alternativePath ask conforms construct declare description detail "
    "focusNode inversePath message name namespace node oneOrMorePath path prefix prefixes "
    "property result resultMessage resultPath resultSeverity select severity sourceConstraint "
    "sourceConstraintComponent sourceShape targetClass value zeroOrMorePath zeroOrOnePath",
)
SKOS = Vocabulary(
    "skos",
    "Concept ConceptScheme altLabel broadMatch broader closeMatch definition exactMatch example "
    "hasTopConcept hiddenLabel inScheme narrower notation note prefLabel related scopeNote",
)
SPDX = Vocabulary("spdx", "Checksum algorithm checksum checksumAlgorithm_sha256 checksumValue")
VOID = Vocabulary(
    "void",
    "Dataset DatasetDescription Linkset class classPartition classes dataDump distinctObjects "
    "distinctSubjects documents entities exampleResource feature linkPredicate objectsTarget "
    "openSearchDescription properties property propertyPartition rootResource sparqlEndpoint "
    "subjectsTarget subset triples uriLookupEndpoint uriRegexPattern uriSpace vocabulary",
)
XSD = Vocabulary(
    "xsd",
    "anyURI boolean date dateTime decimal double gYear gYearMonth hexBinary integer "
    "nonNegativeInteger string",
)

#: Graphs by role. Claims have one graph each; the rest is named under graph/.
ONTOLOGY = GRAPH["ontology"]
ALIGNMENT = GRAPH["alignment"]
CONCEPTS = GRAPH["concepts"]
SHAPES = GRAPH["shapes"]
DATASET = GRAPH["dataset"]
INFERRED = GRAPH["inferred"]
CLAIMS = f"{BASE}id/claim/"
#: The union of all graphs, where a store keeps it as a graph of its own.
MERGED = NamedNode("urn:x-iprgraph:merged")

_NAMES = {namespace: prefix for prefix, namespace in PREFIXES.items()}


@lru_cache(maxsize=100_000)
def shorten(iri: str) -> str:
    """Return an IRI with its prefix where there is one, else in angle brackets."""
    # Every namespace ends in one of these, and the longest that fits is the one meant.
    end = len(iri) - 1
    while end := max(iri.rfind("/", 0, end), iri.rfind("#", 0, end)) + 1:
        if name := _NAMES.get(iri[:end]):
            return f"{name}:{iri[end:]}"
        end -= 1
    return f"<{iri}>"


def to_curie(iri: str) -> str:
    """Return the prefixed name of an IRI, or the IRI itself where no prefix fits."""
    return shorten(iri).strip("<>")


def to_iri(name: str) -> str:
    """Return the IRI of a prefixed name; whatever has no prefix of ours stays as it is."""
    prefix, _, local = name.partition(":")
    known = local and prefix in PREFIXES and not local.startswith("//")
    return PREFIXES[prefix] + local if known else name


def kind_of(iri: str) -> str:
    """Return the kind that an IRI under id/ names: organization."""
    return iri.removeprefix(ID.iri).partition("/")[0]


def expand(compact: str) -> str:
    """Return the IRI of a prefixed name; raises KeyError for a prefix that is not ours."""
    prefix, _, local = compact.partition(":")
    return PREFIXES[prefix] + local
