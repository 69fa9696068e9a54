"""Processes that hold a graph and fork workers."""
