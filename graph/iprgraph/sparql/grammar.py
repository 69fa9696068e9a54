"""SPARQL's grammar over tokens, to find where a text leaves it, and what could stand there.

It follows the SPARQL 1.1 grammar <https://www.w3.org/TR/sparql11-query/#sparqlGrammar>, with the
triple terms of 1.2. It evaluates nothing, and decides nothing: a text that it takes may still be
rejected by the engine, for what no grammar can say.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from iprgraph.sparql.tokens import Token

#: CAPITALS are keywords, "…" are marks, lower-case words are kinds of tokens, Others are rules.
_RULES = """
Query = Prologue ( SelectQuery | ConstructQuery | DescribeQuery | AskQuery ) ( VALUES Block )?
Update = Prologue ( Operation ( ";" Update )? )?
Prologue = ( BASE iri | PREFIX prefix iri | VERSION string )*
SelectQuery = Select Dataset* Where Modifiers
SubSelect = Select Where Modifiers ( VALUES Block )?
Select = SELECT ( DISTINCT | REDUCED )? ( "*" | Column+ )
Column = variable | "(" Expression AS variable ")"
ConstructQuery = CONSTRUCT ( "{" Triples? "}" Dataset* Where | Dataset* WHERE "{" Triples? "}" ) Modifiers
DescribeQuery = DESCRIBE ( "*" | VarOrIri+ ) Dataset* Where? Modifiers
AskQuery = ASK Dataset* Where Modifiers
Dataset = FROM NAMED? Iri
Where = WHERE? Group
Modifiers = ( GROUP BY Key+ )? ( HAVING Constraint+ )? ( ORDER BY Order+ )? Slice?
Slice = LIMIT number ( OFFSET number )? | OFFSET number ( LIMIT number )?
Key = variable | "(" Expression ( AS variable )? ")" | Call
Order = variable | ( ASC | DESC )? "(" Expression ")" | Call
Constraint = "(" Expression ")" | Call
Group = "{" ( SubSelect | Triples? ( Pattern "."? Triples? )* ) "}"
Triples = SameSubject ( "." SameSubject )* "."?
Pattern = Group ( UNION Group )* | ( OPTIONAL | MINUS | LATERAL ) Group | GRAPH VarOrIri Group | Service
    | FILTER Constraint | BIND "(" Expression AS variable ")" | VALUES Block
Service = SERVICE SILENT? VarOrIri Group
Block = variable "{" Value* "}" | "(" variable* ")" "{" ( "(" Value* ")" )* "}"
Value = UNDEF | Iri | Literal | Triple
SameSubject = Term Properties | ( "[" Properties "]" | "(" Node+ ")" | Reified ) Properties?
Properties = ( variable | Path ) Objects ( ";" ( ( variable | Path ) Objects )? )*
Objects = Object ( "," Object )*
Object = Node ( "~" VarOrIri? | "{" "|" Properties "|" "}" )*
Node = Term | "(" Node+ ")" | "[" Properties "]" | Reified
Term = variable | Iri | Literal | "[" "]" | "(" ")" | Triple
Triple = "<<" "(" Node ( variable | Verb ) Node ")" ">>"
Reified = "<<" Node ( variable | Verb ) Node ( "~" VarOrIri? )? ">>"
Verb = Iri | a
Path = Steps ( "|" Steps )*
Steps = Step ( "/" Step )*
Step = "^"? ( Verb | "!" Negated | "(" Path ")" ) ( "*" | "?" | "+" )?
Negated = Inverse | "(" ( Inverse ( "|" Inverse )* )? ")"
Inverse = "^"? Verb
VarOrIri = variable | Iri
Iri = iri | name
Literal = string ( language | "^^" Iri )? | ( "+" | "-" )? number | TRUE | FALSE
Expression = And ( "||" And )*
And = Relation ( "&&" Relation )*
Relation = Sum ( ( "=" | "!=" | "<" | ">" | "<=" | ">=" ) Sum | NOT? IN List )?
Sum = Product ( ( "+" | "-" ) Product )*
Product = Unary ( ( "*" | "/" ) Unary )*
Unary = ( "!" | "+" | "-" )* Primary
Primary = "(" Expression ")" | variable | Literal | Exists | Builtin | Iri List? | Triple
List = "(" ( DISTINCT? Expression ( "," Expression )* )? ")"
Exists = NOT? EXISTS Group
Builtin = COUNT "(" DISTINCT? ( "*" | Expression ) ")"
    | GROUP_CONCAT "(" DISTINCT? Expression ( ";" SEPARATOR "=" string )? ")" | function List
Call = Exists | Builtin | Iri List
Operation = INSERT DATA Quads | DELETE ( DATA | WHERE ) Quads | Modify | LOAD SILENT? Iri ( INTO GRAPH Iri )?
    | ( CLEAR | DROP ) SILENT? ( GRAPH Iri | DEFAULT | NAMED | ALL ) | CREATE SILENT? GRAPH Iri
    | ( ADD | MOVE | COPY ) SILENT? Place TO Place
Modify = ( WITH Iri )? ( DELETE Quads ( INSERT Quads )? | INSERT Quads ) ( USING NAMED? Iri )* WHERE Group
Place = DEFAULT | GRAPH? Iri
Quads = "{" Triples? ( GRAPH VarOrIri "{" Triples? "}" "."? Triples? )* "}"
"""

FUNCTIONS = frozenset(
    [
        "ABS",
        "ADJUST",
        "AVG",
        "BNODE",
        "BOUND",
        "CEIL",
        "COALESCE",
        "CONCAT",
        "CONTAINS",
        "DATATYPE",
        "DAY",
        "ENCODE_FOR_URI",
        "FLOOR",
        "HASLANG",
        "HASLANGDIR",
        "HOURS",
        "IF",
        "IRI",
        "ISBLANK",
        "ISIRI",
        "ISLITERAL",
        "ISNUMERIC",
        "ISTRIPLE",
        "ISURI",
        "LANG",
        "LANGDIR",
        "LANGMATCHES",
        "LCASE",
        "MAX",
        "MD5",
        "MIN",
        "MINUTES",
        "MONTH",
        "NOW",
        "OBJECT",
        "PREDICATE",
        "RAND",
        "REGEX",
        "REPLACE",
        "ROUND",
        "SAMETERM",
        "SAMPLE",
        "SECONDS",
        "SHA1",
        "SHA256",
        "SHA384",
        "SHA512",
        "STR",
        "STRAFTER",
        "STRBEFORE",
        "STRDT",
        "STRENDS",
        "STRLANG",
        "STRLANGDIR",
        "STRLEN",
        "STRSTARTS",
        "STRUUID",
        "SUBJECT",
        "SUBSTR",
        "SUM",
        "TIMEZONE",
        "TRIPLE",
        "TZ",
        "UCASE",
        "URI",
        "UUID",
        "YEAR",
    ]
)
KEYWORDS = frozenset(re.findall(r"\b[A-Z][A-Z_]+\b", _RULES)) | FUNCTIONS

_SIGNS = {'"+"', '"-"', '"("', '"["', '"<<"', '"!"', "TRUE", "FALSE", "NOT", "EXISTS"}
_CALLS = {"COUNT", "GROUP_CONCAT", "function"}

#: What is said for a set of expected tokens that holds the first set: all of both is left out then.
_CALLED: dict[str, tuple[set[str], set[str]]] = {
    "an expression": (
        {"variable", "string", "number", "function"},
        {"iri", "name", *_SIGNS, *_CALLS},
    ),
    "a term": ({"variable", "iri", "name", "string", "number"}, _SIGNS),
    "a property": ({"iri", "name", "a", '"^"'}, {"variable", '"!"', '"("'}),
    "a condition in brackets": (
        {'"("', "function", "iri", "name"},
        {*_CALLS, "NOT", "EXISTS", "variable"},
    ),
    "an operator": (
        {'"&&"', '"||"'},
        {'"*"', '"+"', '"-"', '"/"', '"="', '"!="', '"<"', '">"', '"<="', '">="', "IN", "NOT"},
    ),
    "another pattern": (
        {"BIND", "FILTER", "GRAPH", "OPTIONAL", "VALUES"},
        {"LATERAL", "MINUS", "SERVICE", '"{"', '"~"'},
    ),
    "a variable or an IRI": ({"variable", "iri", "name"}, set()),
    "an IRI": ({"iri", "name"}, set()),
}
_KINDS = {
    "variable": "a variable", "iri": "an IRI", "name": "a name", "string": "a string",
    "number": "a number", "prefix": "a prefix like ex:", "language": "a language tag",
    "function": "a function", "a": "a",
}  # fmt: skip


def leaves(tokens: list[Token], *, update: bool) -> tuple[int, list[str]] | None:
    """Find the token at which a text leaves the grammar, and what could have stood there, in words.

    The index is the number of tokens where the text ends too early. None when it is in the grammar.
    """
    walk = _Walk(tokens)
    end = walk.match(_rules()["Update" if update else "Query"], 0)
    if end == len(tokens):
        return None
    if end is not None and end >= walk.furthest:
        walk.note(end, "the end")
    return walk.furthest, _in_words(walk.expected)


class _Walk:
    """Match rules against tokens, remembering the furthest place where one failed."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.furthest = 0
        self.expected: set[str] = set()

    def note(self, at: int, wanted: str) -> None:
        if at > self.furthest:
            self.furthest, self.expected = at, set()
        if at == self.furthest:
            self.expected.add(wanted)

    def match(self, node: Any, at: int) -> int | None:
        """Return where a part of the grammar ends that begins here, None where it does not begin."""
        operator, inner = node
        if operator == "token":
            if at < len(self.tokens) and _is(self.tokens[at], inner):
                return at + 1
            self.note(at, inner)
            return None
        if operator == "rule":
            return self.match(_rules()[inner], at)
        if operator == "row":
            for part in inner:
                after = self.match(part, at)
                if after is None:
                    return None
                at = after
            return at
        if operator == "choice":
            return next(
                (e for e in (self.match(part, at) for part in inner) if e is not None), None
            )
        return self._repeat(operator, inner, at)

    def _repeat(self, operator: str, inner: Any, at: int) -> int | None:
        after = self.match(inner, at)
        if operator == "?":
            return at if after is None else after
        if after is None and operator == "+":
            return None
        while after is not None and after > at:
            at = after
            after = self.match(inner, at)
        return at


def _is(token: Token, wanted: str) -> bool:
    if wanted[0] == '"':
        return token.text == wanted[1:-1]
    if wanted == "prefix":
        return token.kind == "name" and token.text.endswith(":")
    if wanted == "function":
        return token.kind == "word" and token.text.upper() in FUNCTIONS
    if wanted == "a":
        return token.text == "a"
    if wanted.isupper():
        return token.says(wanted)
    return token.kind == wanted


@cache
def _rules() -> dict[str, Any]:
    """Read the rules into nested pairs of an operator and what it works on."""
    rules = {}
    for text in re.split(r"\n(?=\S)", _RULES.strip()):
        name, _, body = text.partition(" = ")
        rules[name] = _choice(re.findall(r'"[^"]+"|[()|?*+]|\w+', body))
    return rules


def _choice(words: list[str]) -> Any:
    """Read alternatives up to a closing bracket or the end, taking the words away."""
    rows: list[list[Any]] = [[]]
    while words and words[0] != ")":
        word = words.pop(0)
        if word == "|":
            rows.append([])
        elif word in {"?", "*", "+"}:
            rows[-1].append((word, rows[-1].pop()))
        elif word == "(":
            rows[-1].append(_choice(words))
            words.pop(0)
        else:
            is_rule = word[0].isupper() and not word.isupper()
            rows[-1].append(("rule" if is_rule else "token", word))
    made = [row[0] if len(row) == 1 else ("row", row) for row in rows]
    return made[0] if len(made) == 1 else ("choice", made)


def _in_words(expected: set[str]) -> list[str]:
    """Name what is expected, as few words as will do."""
    left, words = set(expected), []
    for name, (members, others) in _CALLED.items():
        if members <= left:
            words.append(name)
            left -= members | others
    return words + sorted(_KINDS.get(word, word) for word in left)
