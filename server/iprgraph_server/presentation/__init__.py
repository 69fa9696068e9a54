"""What pages show, arranged and drawn."""
