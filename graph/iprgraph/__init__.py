"""The library of IPR Graph: articles become claims, claims a graph, the graph a release."""

__version__ = "1.0.0"
