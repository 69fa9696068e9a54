"""Read-only queries for pages."""
