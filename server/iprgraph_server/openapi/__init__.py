"""The addresses beyond SPARQL, described by OpenAPI 3.1: `document.describe` makes the description.

What the routes themselves tell (paths, their parameters, what each does) is read from them; `told`
is the one table of the rest.
"""
