"""Terms, syntaxes and canonical form of RDF; knows no claim."""
