"""The roles of the people who log in to the back office."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """VIEWER: looks; CLERK: handles orders and money; ADMIN: changes settings and members too. What each may do in the back office is one
    table (office/permissions)."""

    VIEWER = "viewer"
    CLERK = "clerk"
    ADMIN = "admin"
