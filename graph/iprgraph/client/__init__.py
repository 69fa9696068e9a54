"""Ask the graph from Python and from language models (MCP)."""
