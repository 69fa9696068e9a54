"""The publisher of IPR Graph: one release in, HTTP out."""
