"""The document of the API (OpenAPI 3.1) in docs/integrator: written from the code, and compared with it.

python -m tools.openapi write     docs/integrator/openapi.json as the code has it now
python -m tools.openapi check     1 when the code has another, when it is not valid, or when CHANGELOG.md does not name it
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from cryptography.fernet import Fernet
from openapi_spec_validator import OpenAPIV31SpecValidator

from webapp.api import document
from webapp.app import create_app
from webapp.config import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/integrator/openapi.json"
CHANGELOG = ROOT / "CHANGELOG.md"


def main(arguments: list[str]) -> int:
    """Write, or check: 0 when all is right."""
    text = made()
    if arguments == ["write"]:
        DOCUMENT.write_text(text, encoding="utf-8")
    wrong = problems(text, DOCUMENT.read_text("utf-8"), CHANGELOG.read_text("utf-8"))
    print("\n".join(wrong))
    return 1 if wrong and arguments != ["write"] else 0


def made() -> str:
    """The document of this code. It depends on no setting; no database is opened."""
    settings = Settings(
        public_url="https://pay.example.com",
        database_url="sqlite:////nowhere/ordo.db",
        secret_keys=("k" * 32,),
        encryption_keys=(Fernet.generate_key().decode(),),
    )
    api = create_app(settings).extensions["api"]
    with api.app_context():
        return document.text(api)


def problems(text: str, committed: str, changelog: str) -> list[str]:
    """What is wrong, in words: `text` is the code's document."""
    wrong = [f"it is not valid: {error.message}" for error in OpenAPIV31SpecValidator(json.loads(text)).iter_errors()]
    if text != committed:
        wrong.append(f"{DOCUMENT.relative_to(ROOT)} is not the code's: write it anew (python -m tools.openapi write)")
    if digest(text) not in changelog:
        wrong.append(
            f"the API's document has changed: say in CHANGELOG.md what callers notice, and name the document as `{digest(text)}`. "
            "What was released is only added to."
        )
    return wrong


def digest(text: str) -> str:
    """By what the changelog names a document."""
    return f"openapi {hashlib.sha256(text.encode()).hexdigest()[:12]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
