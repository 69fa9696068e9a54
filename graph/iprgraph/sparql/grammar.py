"""SPARQL's grammar as a table, and its tokens in words.

It follows the SPARQL 1.1 grammar <https://www.w3.org/TR/sparql11-query/#sparqlGrammar> and has its
names, with the triple terms, reifiers and annotations of 1.2, and LATERAL. It is LL(1): the next
token decides. A text that it takes may still be rejected by the engine, for what no grammar can say.
"""

from __future__ import annotations

import re

#: CAPITALS are keywords, "…" are marks, lower-case words are kinds of tokens. Rules are Named; those
#: with a _ in front make no node. `<Name` puts the last element into a new node, which `>` ends;
#: `@Name` renames the node. Of two marks in one pair of quotes the first is meant, before the second.
RULES = """
Query = Prologue? ( SelectQuery | ConstructQuery | DescribeQuery | AskQuery ) ValuesClause?
Update = Prologue? _Operations
_Operations = ( _Operation ( ";" Prologue? _Operations )? )?
Prologue = ( BaseDecl | PrefixDecl | VersionDecl )+
BaseDecl = BASE iri
PrefixDecl = PREFIX prefix iri
VersionDecl = VERSION string
SelectQuery = SelectClause DatasetClause* WhereClause _SolutionModifier
SubSelect = SelectClause WhereClause _SolutionModifier ValuesClause?
SelectClause = SELECT ( DISTINCT | REDUCED )? ( "*" | ( variable | SelectExpression )+ )
SelectExpression = "(" _Expression AS variable ")"
ConstructQuery = CONSTRUCT ( ConstructTemplate DatasetClause* WhereClause | DatasetClause* WHERE ConstructTemplate ) _SolutionModifier
DescribeQuery = DESCRIBE ( "*" | _VarOrIri+ ) DatasetClause* WhereClause? _SolutionModifier
AskQuery = ASK DatasetClause* WhereClause _SolutionModifier
DatasetClause = FROM NAMED? _Iri
WhereClause = WHERE? GroupGraphPattern
_SolutionModifier = GroupClause? HavingClause? OrderClause? LimitOffsetClauses?
GroupClause = GROUP BY ( variable | GroupCondition | _Call )+
GroupCondition = "(" _Expression ( AS variable )? ")"
HavingClause = HAVING _Constraint+
OrderClause = ORDER BY ( variable | OrderCondition | _Call )+
OrderCondition = ( ASC | DESC )? BrackettedExpression
LimitOffsetClauses = LimitClause OffsetClause? | OffsetClause LimitClause?
LimitClause = LIMIT number
OffsetClause = OFFSET number
ValuesClause = VALUES DataBlock

_Operation = Modify | Load | Clear | Drop | Create | Add | Move | Copy
Load = LOAD SILENT? _Iri ( INTO GRAPH _Iri )?
Clear = CLEAR SILENT? GraphRefAll
Drop = DROP SILENT? GraphRefAll
Create = CREATE SILENT? GRAPH _Iri
Add = ADD SILENT? GraphOrDefault TO GraphOrDefault
Move = MOVE SILENT? GraphOrDefault TO GraphOrDefault
Copy = COPY SILENT? GraphOrDefault TO GraphOrDefault
GraphRefAll = GRAPH _Iri | DEFAULT | NAMED | ALL
GraphOrDefault = DEFAULT | GRAPH? _Iri
Modify = INSERT ( DATA @InsertData QuadPattern | <InsertClause QuadPattern > _UsingWhere )
    | DELETE ( DATA @DeleteData QuadPattern | WHERE @DeleteWhere QuadPattern | <DeleteClause QuadPattern > InsertClause? _UsingWhere )
    | WITH _Iri ( DeleteClause InsertClause? | InsertClause ) _UsingWhere
DeleteClause = DELETE QuadPattern
InsertClause = INSERT QuadPattern
_UsingWhere = UsingClause* WHERE GroupGraphPattern
UsingClause = USING NAMED? _Iri
QuadPattern = "{" ( TriplesTemplate | QuadsNotTriples "."? )* "}"
QuadsNotTriples = GRAPH _VarOrIri "{" TriplesTemplate? "}"

GroupGraphPattern = "{" ( SubSelect | TriplesBlock? ( _GraphPatternNotTriples "."? TriplesBlock? )* ) "}"
_GraphPatternNotTriples = GroupGraphPattern ( <GroupOrUnionGraphPattern ( UNION GroupGraphPattern )+ > )?
    | OptionalGraphPattern | MinusGraphPattern | LateralGraphPattern | GraphGraphPattern
    | ServiceGraphPattern | Filter | Bind | InlineData
OptionalGraphPattern = OPTIONAL GroupGraphPattern
MinusGraphPattern = MINUS GroupGraphPattern
LateralGraphPattern = LATERAL GroupGraphPattern
GraphGraphPattern = GRAPH _VarOrIri GroupGraphPattern
ServiceGraphPattern = SERVICE SILENT? _VarOrIri GroupGraphPattern
Filter = FILTER _Constraint
Bind = BIND "(" _Expression AS variable ")"
InlineData = VALUES DataBlock
DataBlock = variable "{" _DataBlockValue* "}" | VarList "{" DataRow* "}"
VarList = "(" variable* ")"
DataRow = "(" _DataBlockValue* ")"
_DataBlockValue = UNDEF | _Iri | _Literal | TripleTerm
_Constraint = BrackettedExpression | _Call
_Call = FunctionCall | BuiltInCall | ExistsFunc | NotExistsFunc

ConstructTemplate = "{" TriplesTemplate? "}"
TriplesTemplate = _Triples
TriplesBlock = _Triples
_Triples = TriplesSameSubject ( "." _Triples? )?
TriplesSameSubject = _VarOrTerm PropertyList | ( Collection | BlankNodePropertyList | ReifiedTriple ) PropertyList?
PropertyList = _Verb ObjectList ( ";" ( _Verb ObjectList )? )*
_Verb = variable | _Path
ObjectList = _Object ( "," _Object )*
_Object = _GraphNode ( <AnnotatedObject ( Reifier | AnnotationBlock )+ > )?
Reifier = "~" ( variable | _Iri | _BlankNode )?
AnnotationBlock = "{|" "|" PropertyList "|" "}"
_GraphNode = _VarOrTerm | Collection | BlankNodePropertyList | ReifiedTriple
Collection = "(" _GraphNode* ")"
BlankNodePropertyList = "[" PropertyList? "]"
ReifiedTriple = "<<" _GraphNode ( variable | _IriOrA ) _GraphNode Reifier? ">>"
TripleTerm = "<<(" "(" _GraphNode ( variable | _IriOrA ) _GraphNode ")" ">>"
_VarOrTerm = variable | _Iri | _Literal | _BlankNode | Nil | TripleTerm
_VarOrIri = variable | _Iri
_Iri = iri | name
_IriOrA = _Iri | a
_BlankNode = blank | Anon
Anon = "[]" "]"
Nil = "()" ")"
_Literal = _Unsigned | NumericLiteral
_Unsigned = string ( <RDFLiteral ( language | "^^" _Iri ) > )? | number | TRUE | FALSE
NumericLiteral = ( "+" | "-" ) number

_Path = _PathSequence ( <PathAlternative ( "|" _PathSequence )+ > )?
_PathSequence = _PathEltOrInverse ( <PathSequence ( "/" _PathEltOrInverse )+ > )?
_PathEltOrInverse = _PathElt | PathInverse
PathInverse = "^" _PathElt
_PathElt = ( _IriOrA | PathNegatedPropertySet | PathGroup ) ( <PathElt ( "*" | "?" | "+" ) > )?
PathNegatedPropertySet = "!" ( _PathOneInPropertySet | "(" ( _PathOneInPropertySet ( "|" _PathOneInPropertySet )* )? ")" )
_PathOneInPropertySet = _IriOrA | "^" _IriOrA
PathGroup = "(" _Path ")"

_Expression = _And ( <ConditionalOrExpression ( "||" _And )+ > )?
_And = _Relational ( <ConditionalAndExpression ( "&&" _Relational )+ > )?
_Relational = _Additive ( <RelationalExpression ( ( "=" | "!=" | "<" | ">" | "<=" | ">=" ) _Additive | NOT? IN ExpressionList ) > )?
_Additive = _Multiplicative ( <AdditiveExpression ( ( "+" | "-" ) _Multiplicative )+ > )?
_Multiplicative = _Unary ( <MultiplicativeExpression ( ( "*" | "/" ) _Unary )+ > )?
_Unary = _Primary | UnaryExpression
UnaryExpression = ( "!" | "+" | "-" )+ _Primary
_Primary = BrackettedExpression | variable | _Unsigned | ExistsFunc | NotExistsFunc | BuiltInCall | TripleTerm
    | _Iri ( <FunctionCall ExpressionList > )?
BrackettedExpression = "(" _Expression ")"
ExpressionList = "(" ( DISTINCT? _Expression ( "," _Expression )* )? ")"
ExistsFunc = EXISTS GroupGraphPattern
NotExistsFunc = NOT EXISTS GroupGraphPattern
FunctionCall = _Iri ExpressionList
BuiltInCall = function ExpressionList | COUNT "(" DISTINCT? ( "*" | _Expression ) ")"
    | GROUP_CONCAT "(" DISTINCT? _Expression ( ";" SEPARATOR "=" string )? ")"
"""

FUNCTIONS = frozenset({
    "ABS", "ADJUST", "AVG", "BNODE", "BOUND", "CEIL", "COALESCE", "CONCAT", "CONTAINS",
    "DATATYPE", "DAY", "ENCODE_FOR_URI", "FLOOR", "HASLANG", "HASLANGDIR", "HOURS", "IF", "IRI",
    "ISBLANK", "ISIRI", "ISLITERAL", "ISNUMERIC", "ISTRIPLE", "ISURI", "LANG", "LANGDIR",
    "LANGMATCHES", "LCASE", "MAX", "MD5", "MIN", "MINUTES", "MONTH", "NOW", "OBJECT", "PREDICATE",
    "RAND", "REGEX", "REPLACE", "ROUND", "SAMETERM", "SAMPLE", "SECONDS", "SHA1", "SHA256",
    "SHA384", "SHA512", "STR", "STRAFTER", "STRBEFORE", "STRDT", "STRENDS", "STRLANG",
    "STRLANGDIR", "STRLEN", "STRSTARTS", "STRUUID", "SUBJECT", "SUBSTR", "SUM", "TIMEZONE",
    "TRIPLE", "TZ", "UCASE", "URI", "UUID", "YEAR",
})  # fmt: skip
KEYWORDS = frozenset(re.findall(r"\b[A-Z][A-Z_]+\b", RULES)) | FUNCTIONS

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY")

_SIGNS = {'"+"', '"-"', '"("', '"["', '"<<"', '"!"', "TRUE", "FALSE", "NOT", "EXISTS"}
_CALLS = {"COUNT", "GROUP_CONCAT", "function"}

#: What is said for a set of expected tokens that holds the first set: all of both is left out then.
_CALLED: dict[str, tuple[set[str], set[str]]] = {
    "an expression": (
        {"variable", "string", "number", "function"},
        {"iri", "name", *_SIGNS, *_CALLS},
    ),
    "a term": ({"variable", "iri", "name", "string", "number"}, {"blank", *_SIGNS}),
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

#: A mark with what follows it, where that matters to the grammar -> the mark alone.
ALONE = {'"()"': '"("', '"[]"': '"["', '"<<("': '"<<"', '"{|"': '"{"'}


def in_words(expected: set[str]) -> list[str]:
    """Name what is expected, as few words as will do."""
    left, words = {ALONE.get(token, token) for token in expected}, []
    for name, (members, others) in _CALLED.items():
        if members <= left:
            words.append(name)
            left -= members | others
    return words + sorted(_KINDS.get(word, word) for word in left)
