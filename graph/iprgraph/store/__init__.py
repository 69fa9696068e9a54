"""An Oxigraph store that answers whole or not at all, and its changes."""
