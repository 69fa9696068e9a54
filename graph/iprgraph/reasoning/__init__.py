"""OWL 2 RL as rules in the engine: what follows, why it follows, and what a change alters."""
