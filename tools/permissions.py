"""Who may do what in the back office (docs/merchant/roles.md): written from the code, and compared with it.

python -m tools.permissions write     the table as the code has it now
python -m tools.permissions check     1 when the table is another one, or when a view of the back office declares no permission
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

from webapp.app import create_app
from webapp.config import Settings
from webapp.domain.roles import Role
from webapp.office.permissions import ACTIONS, ANYBODY, OPEN, ROLES, Permission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/merchant/roles.md"
BEGIN, END = "<!-- table: python -m tools.permissions write -->\n", "<!-- end of the table -->\n"
OFFICE = "/office"


def main(arguments: list[str]) -> int:
    """Write, or check: 0 when all is right."""
    text = DOCUMENT.read_text("utf-8")
    if arguments == ["write"]:
        DOCUMENT.write_text(with_table(text), encoding="utf-8")
        return 0
    wrong = problems(application(), text)
    print("\n".join(wrong))
    return 1 if wrong else 0


def problems(app: Flask, text: str) -> list[str]:
    """What is wrong, in words."""
    wrong = [
        f"{method} {rule}: its view declares no permission (office/permissions.permits)"
        for method, rule, needed in routes(app)
        if not isinstance(needed, Permission) and needed is not ANYBODY
    ]
    marked = {name for name, view in app.view_functions.items() if getattr(view, "permits", None) is ANYBODY}
    wrong += [f"{name}: open to everybody, and not named in permissions.OPEN, or the reverse" for name in marked ^ OPEN]
    wrong += [f"{each}: has no words (permissions.ACTIONS)" for each in Permission if each not in ACTIONS]
    if with_table(text) != text:
        wrong.append(f"{DOCUMENT.relative_to(ROOT)} is not the code's: python -m tools.permissions write")
    return wrong


def with_table(text: str) -> str:
    """The document with the table as the code has it."""
    head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
    lines = [
        "| | " + " | ".join(role.value for role in Role) + " |",
        "|---|" + ":-:|" * len(Role),
        *(
            f"| {ACTIONS[each]} | " + " | ".join("yes" if each in ROLES[role] else "–" for role in Role) + " |"
            for each in Permission
        ),
    ]
    return head + BEGIN + "\n".join(lines) + "\n" + END + tail


def routes(app: Flask) -> Iterator[tuple[str, str, object]]:
    """Every method and address of the back office, and what its view declares; None where it declares nothing."""
    for rule in app.url_map.iter_rules():
        if f"{rule.rule}/".startswith(f"{OFFICE}/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.rule, getattr(app.view_functions[rule.endpoint], "permits", None)


def application() -> Flask:
    """The product with settings that reach nothing."""
    return create_app(
        Settings(
            public_url="https://pay.example.com",
            database_url="sqlite:////nowhere/ordo.db",
            secret_keys=("k" * 32,),
            encryption_keys=(Fernet.generate_key().decode(),),
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
