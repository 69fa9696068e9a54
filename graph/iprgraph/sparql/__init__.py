"""The text of SPARQL queries and updates: one syntax tree, bounds, rewriting. Evaluates nothing.

``tree.parse`` gives the tree: tokens under nodes that have the names of the rules of the SPARQL 1.1
grammar (``grammar.RULES``). A rule that only chooses, as ``VarOrTerm``, and an operator's rule where
its operator does not stand make no node, so that ``?a`` is the token ``?a`` and ``?a + 1`` is an
``AdditiveExpression``. Each element, token or node, has its ``kind``, ``start``, ``end``, ``parent``
and ``children``; spaces and comments are what stands between two tokens. ``Edits`` changes elements and
leaves all other text as it is:

>>> from iprgraph.sparql.tree import Edits, parse
>>> tree = parse("PREFIX x: <http://x/> SELECT *  { GRAPH x:g { ?s ?p 1 } FILTER(?s != x:a) }")
>>> (pattern,) = tree.find("GraphGraphPattern")
>>> tree.text_of(pattern), [node.kind for node in pattern.ancestors()]
('GRAPH x:g { ?s ?p 1 }', ['GroupGraphPattern', 'WhereClause', 'SelectQuery', 'Query'])
>>> tree.resolve(pattern.children[1])
<NamedNode value=http://x/g>
>>> edits = Edits(tree)
>>> edits.replace(pattern.children[1], "?g")
>>> edits.text()
'PREFIX x: <http://x/> SELECT *  { GRAPH ?g { ?s ?p 1 } FILTER(?s != x:a) }'

``guard.inspect`` bounds a text before anything runs, and parses only what needs it.
"""
