"""What several tests need: a client for HTTP, a running server, the W3C manifests."""
