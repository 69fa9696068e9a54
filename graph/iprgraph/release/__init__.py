"""One release: build, describe, sign and verify it."""
