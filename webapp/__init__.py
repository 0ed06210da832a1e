"""Ordo: payment orders over WhatsApp."""
