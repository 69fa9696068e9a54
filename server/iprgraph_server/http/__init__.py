"""Requests, answers and what HTTP says about them; no web framework."""
