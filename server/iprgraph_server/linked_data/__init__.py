"""Documents, Link headers, Memento and downloads."""
