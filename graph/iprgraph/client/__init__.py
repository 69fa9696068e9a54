"""Clients of the graph: for Python, and for language models (MCP)."""
