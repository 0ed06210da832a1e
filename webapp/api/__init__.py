"""The order backend's door: JSON over HTTP at /api/v1, behind keys of the API (docs/adr/0025)."""
