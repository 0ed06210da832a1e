"""The one version of Stripe's API that is spoken here."""

from __future__ import annotations

from typing import Final

API_VERSION: Final = "2026-10-28.endive"
