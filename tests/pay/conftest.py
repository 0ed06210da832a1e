"""A phone for the tests of the page's scripts."""

from __future__ import annotations

from tests.pay.scripts import opens

__all__ = ["opens"]
