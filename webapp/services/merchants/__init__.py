"""Merchants: declared by a file, their secrets sealed."""
