"""Verbs on nouns. Services own the transactions; none is held across the network."""
