"""Telling an order backend: the signed format (`standard`) and the guarded POST (`sender`)."""
