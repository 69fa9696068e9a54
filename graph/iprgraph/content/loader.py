"""Ontology, shapes and data as files, and their parse into one sorted list of quads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from iprgraph.errors import DataError, SyntaxProblem, UsageError
from iprgraph.namespaces import BASE, GRAPH, ONTOLOGY, SHAPES
from iprgraph.rdf.canonical import canonical_quads

#: Graphs a data file may name.
_GRAPH_NAME = re.compile(re.escape(BASE) + r"(id/claim/[a-z0-9-]+|graph/[a-z0-9-]+(/[a-z0-9-]+)?)")


@dataclass(frozen=True)
class Content:
    """The folders that a graph is built from."""

    ontology: Path
    shapes: Path
    data: Path
    questions: Path

    @classmethod
    def bundled(cls) -> Content:
        """Return the content that came with this installation or checkout."""
        package = Path(__file__).resolve().parents[1]
        # An editable install leaves a stale copy of the content elsewhere; __file__ is never stale.
        if (package / "ontology").is_dir():
            return cls(*(package / name for name in ("ontology", "shapes", "data", "questions")))
        return cls.at(package.parents[1])

    @classmethod
    def at(cls, root: Path | str) -> Content:
        """Return the content of a checkout: ontology/, shapes/, graph/data/, tests/questions/."""
        root = Path(root)
        content = cls(
            root / "ontology", root / "shapes", root / "graph/data", root / "tests/questions"
        )
        missing = [d for d in (content.ontology, content.shapes, content.data) if not d.is_dir()]
        if missing:
            raise UsageError(
                f"{root} has no folder {missing[0].relative_to(root)}: content is a folder with "
                "ontology/, shapes/ and graph/data/"
            )
        return content

    @property
    def context(self) -> Path:
        """Return the path of the JSON-LD context."""
        return self.ontology / "context.jsonld"

    def files(self) -> list[SourceFile]:
        """Return every file to parse, sorted, with the graph it goes into."""
        files = []
        for folder, pattern in (
            (self.ontology, "*.ttl"),
            (self.shapes, "*.ttl"),
            (self.data, "**/*"),
        ):
            for path in folder.glob(pattern):
                if path.suffix not in (".ttl", ".trig") or path.name.startswith("."):
                    continue
                name = f"{_LABEL[folder.name]}/{path.relative_to(folder).as_posix()}"
                graph: ox.NamedNode | None = None
                if folder == self.shapes:
                    graph = SHAPES
                elif folder == self.ontology:
                    graph = ONTOLOGY if path.stem == "ipr" else GRAPH[path.stem]
                files.append(SourceFile(path, name, graph))
        return sorted(files, key=lambda file: file.name)


#: Part of the parser's message -> what it had expected, where it does not say so itself.
_EXPECTED = (
    ("has not been declared", "an @prefix line for it was expected before"),
    (
        "not a valid subject or graph name",
        "a new statement was expected, which begins with an IRI or a prefixed name "
        "(';' or ',' goes on with the one before)",
    ),
    ("not a valid predicate", "a predicate was expected: an IRI, a prefixed name or 'a'"),
    (
        "not a valid RDF object",
        "an object was expected: an IRI, a prefixed name, a literal, a list or [ ]",
    ),
    ("No scheme found", "a whole IRI was expected, such as <https://…>"),
)

_LABEL = {"ontology": "ontology", "shapes": "shapes", "data": "graph/data"}


@dataclass(frozen=True)
class SourceFile:
    """One file, its name in messages, and the graph of its triples (None: it names its own)."""

    path: Path
    name: str
    graph: ox.NamedNode | None


@dataclass
class LoadedContent:
    """Parsed content: quads in canonical order, and the files of each graph and shape."""

    quads: list[ox.Quad]
    files: list[SourceFile]
    #: Graph IRI -> the files that have triples of it.
    written_in: dict[str, list[str]] = field(default_factory=dict)
    #: Named shape -> its file.
    shape_files: dict[str, str] = field(default_factory=dict)

    def graphs(self, *names: ox.NamedNode) -> list[ox.Quad]:
        """Return the quads of some graphs."""
        return [quad for quad in self.quads if quad.graph_name in names]

    @property
    def shapes(self) -> list[ox.Quad]:
        """Return the shapes graph."""
        return self.graphs(SHAPES)

    @property
    def statements(self) -> list[ox.Quad]:
        """Return all but the shapes: what reasoning and validation look at."""
        return [quad for quad in self.quads if quad.graph_name != SHAPES]


def load(content: Content) -> LoadedContent:
    """Parse all files of a content.

    Blank nodes get their RDFC-1.0 labels, so that the same files always give the same quads.
    Raises SyntaxProblem for a file that does not parse, DataError for one in the wrong place.
    """
    files = content.files()
    if not files:
        raise DataError(f"no Turtle or TriG files in {content.ontology} and beside it")
    loaded = LoadedContent([], files)
    quads: list[ox.Quad] = []
    for file in files:
        parsed = parse_file(file.path, file.name)
        if file.graph is None:
            _check_data(parsed, file.name)
        else:
            parsed = _into_graph(parsed, file)
        quads += parsed
        for graph in sorted({str(quad.graph_name) for quad in parsed}):
            loaded.written_in.setdefault(graph[1:-1], []).append(file.name)
        if file.graph == SHAPES:
            subjects = {q.subject.value for q in parsed if isinstance(q.subject, ox.NamedNode)}
            loaded.shape_files.update(dict.fromkeys(subjects, file.name))
    loaded.quads = canonical_quads(quads)
    return loaded


def parse_file(path: Path, name: str | None = None, base: str | None = None) -> list[ox.Quad]:
    """Parse one RDF file by its suffix, keeping lexical forms; blank nodes are its own.

    Raises SyntaxProblem with line and column, UsageError for an unknown suffix.
    """
    name = name or str(path)
    rdf_format = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
    if rdf_format is None:
        raise UsageError(
            f"{name}: not an RDF file name; use .ttl, .trig, .nt, .nq, .jsonld or .rdf"
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    try:
        return list(ox.parse(data, rdf_format, base_iri=base, rename_blank_nodes=True))
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        message = re.sub(r"^Parser error at line .*?: ", "", error.msg).strip()
        hint = next((hint for part, hint in _EXPECTED if part in message), "")
        expected = f"{message}; {hint}" if hint else message
        lines = data.decode("utf-8", "replace").split("\n")
        text = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
        raise SyntaxProblem(name, line, column, expected, text) from error


def _into_graph(quads: list[ox.Quad], file: SourceFile) -> list[ox.Quad]:
    """Return triples in their file's graph; raises DataError for a file that names graphs."""
    if any(not isinstance(quad.graph_name, ox.DefaultGraph) for quad in quads):
        raise DataError(
            f"{file.name}: names graphs of its own; ontology and shapes are plain Turtle"
        )
    return [ox.Quad(quad.subject, quad.predicate, quad.object, file.graph) for quad in quads]


def _check_data(quads: list[ox.Quad], name: str) -> None:
    """Raise DataError unless a data file's triples are in named graphs of ours, without blank nodes."""
    for quad in quads:
        graph = quad.graph_name
        if isinstance(graph, ox.DefaultGraph):
            raise DataError(
                f"{name}: the triple {quad} is in no graph; "
                "put it into the GRAPH block of its source or claim"
            )
        if not isinstance(graph, ox.NamedNode) or not _GRAPH_NAME.fullmatch(graph.value):
            raise DataError(
                f"{name}: {graph} cannot name a graph here; use claim:SLUG, graph:NAME or "
                "graph:KIND/NAME with lower-case letters, digits and hyphens"
            )
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.BlankNode):
                raise DataError(
                    f"{name}: the triple {quad} has a blank node; "
                    "give the thing an IRI, so that others can refer to it"
                )
