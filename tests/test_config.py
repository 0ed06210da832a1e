"""Settings: what is missing or wrong keeps the service from starting, and is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url

from webapp import config

GOOD = {
    "PUBLIC_URL": "https://pay.example.com",
    "DATABASE_URL": "sqlite:////tmp.db",
    "SECRET_KEYS": "k" * 32,
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}


def load(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> config.Settings:
    for name in config.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in (GOOD | changes).items():
        if value is not None:
            monkeypatch.setenv(name, value)
    return config.load()


def test_good_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, SECRET_KEYS=f"{'n' * 32}, {'o' * 32}", PUBLIC_URL="https://pay.example.com/")
    assert (settings.public_url, settings.secret_keys) == ("https://pay.example.com", ("n" * 32, "o" * 32))


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named_with_how_to_get_it_and_an_empty_one_is_missing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for value in ("", None):
        with pytest.raises(config.SettingsError, match=f"{name} is missing: .+"):
            load(monkeypatch, **{name: value})


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("postgres://ordo:a@db.example.com/ordo", "postgresql+psycopg://ordo:a@db.example.com/ordo"),
        ("postgresql://ordo@/ordo?host=/run/postgresql", "postgresql+psycopg://ordo@/ordo?host=/run/postgresql"),
        ("postgresql+psycopg2://db.example.com:5432/ordo", "postgresql+psycopg://db.example.com:5432/ordo"),
        ("POSTGRES://[::1]:5432/ordo?sslmode=require", "postgresql+psycopg://[::1]:5432/ordo?sslmode=require"),
        ("postgresql+psycopg://ordo:p%40ss@db/ordo", "postgresql+psycopg://ordo:p%40ss@db/ordo"),
        (" sqlite:////var/lib/ordo/ordo.db\n", "sqlite:////var/lib/ordo/ordo.db"),
    ],
)
def test_a_database_s_address_is_read_as_providers_write_it(
    monkeypatch: pytest.MonkeyPatch, given: str, read: str
) -> None:
    settings = load(monkeypatch, DATABASE_URL=given, **({} if "sqlite" in given else {"DATABASE_DIRECT_URL": given}))
    assert settings.database_url == read
    assert settings.database_direct_url in {None, read}
    make_url(read)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ordo:secret@db.example.com/ordo",
        "postgresql+asyncpg://ordo:secret@db.example.com/ordo",
        "postgres://ordo:se/secret@db.example.com/ordo",
        "postgres://ordo:se#secret@db.example.com/ordo",
        "postgres://ordo:secret@db.example.com:port/ordo",
        "postgres://ordo:secret@one:5432,two:5432/ordo",
        "postgres://[ordo:secret@db.example.com/ordo",
        "'sqlite:////secret.db'",
        "sqlite:///secret.db",
        "sqlite://",
        "/var/lib/secret.db",
        "secret",
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_DIRECT_URL"])
def test_an_address_of_no_database_is_refused_in_words_and_its_password_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    with pytest.raises(config.SettingsError, match=rf"{name} (must|cannot)") as caught:
        load(monkeypatch, **{"DATABASE_URL": "postgres://db/ordo", name: url})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "pay.example.com"),
        ("PUBLIC_URL", "http://pay.example.com"),
        ("PUBLIC_URL", "https://pay.example.com:port"),
        ("PUBLIC_URL", "https://[pay.example.com"),
        ("PUBLIC_URL", "https://somebody@pay.example.com"),
        ("ALLOW_SANDBOX_HOSTS", "maybe"),
        ("TRUSTED_PROXIES", "one"),
        ("SECRET_KEYS", "short"),
        ("ENCRYPTION_KEYS", "not-a-fernet-key"),
        ("STRIPE_API_URL", "https://evil.example"),
        ("WHATSAPP_API_URL", "http://graph.facebook.com"),
        ("OIDC_CLIENT_ID", "alone"),
        ("TRUSTED_PROXIES", "6"),
        ("SMTP_URL", "smtps://mail.example.com"),
        ("SMTP_FROM", "receipts@example.com"),
        ("DATABASE_DIRECT_URL", "postgresql+psycopg://ordo@db.example.com/ordo"),  # beside SQLite
    ],
)
def test_a_wrong_setting_is_named_and_a_secret_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(config.SettingsError, match=name) as caught:
        load(monkeypatch, **{name: value})
    assert "KEYS" not in name or value not in str(caught.value)  # a secret is not repeated


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "https://mail.example.com",
        "smtp://",
        "smtp://user:pa/ss-secret@mail.example.com",
        "smtp://mail.example.com:port",
        "smtp+plain://mail.example.com",  # no TLS across a network
    ],
)
def test_a_mail_server_that_cannot_be_is_refused_and_its_password_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(config.SettingsError, match="SMTP_URL") as caught:
        load(monkeypatch, SMTP_URL=url, SMTP_FROM="receipts@example.com")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "sender", ["receipts", "Café <a@example.com>", "a@example.com\nBcc: b@example.com", "é@example.com"]
)
def test_letters_come_from_a_plain_address(monkeypatch: pytest.MonkeyPatch, sender: str) -> None:
    with pytest.raises(config.SettingsError, match="SMTP_FROM must be a plain"):
        load(monkeypatch, SMTP_URL="smtps://mail.example.com", SMTP_FROM=sender)


@pytest.mark.parametrize(
    "url", ["smtps://user:p%40ss@mail.example.com", "smtp://mail.example.com:587", "smtp+plain://127.0.0.1:2525"]
)
def test_a_mail_server_is_read(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert load(monkeypatch, SMTP_URL=url, SMTP_FROM="receipts@example.com").smtp_url == url


def test_what_the_environment_lacks_is_read_from_the_file_that_is_named_else_from_that_of_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / ".env").write_text("CALLBACK_DAYS=8\nSMTP_FROM=a@example.com\nSMTP_URL=smtps://mail\n", "utf-8")
    (tmp_path / "named").write_text("CALLBACK_DAYS=9\nTRUSTED_PROXIES='1' # one\nOTHER=2\n", "utf-8")

    def read(**environment: str | None) -> tuple[object, ...]:
        settings = load(monkeypatch, **environment)
        return settings.callback_days, settings.smtp_from, settings.trusted_proxies

    monkeypatch.delenv("ENV_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert read() == (8, "a@example.com", 0)
    assert read(CALLBACK_DAYS="10") == (10, "a@example.com", 0)
    assert read(CALLBACK_DAYS="") == (8, "a@example.com", 0)
    assert read(ENV_FILE="named") == (9, None, 1)
    monkeypatch.chdir(below)
    assert read(ENV_FILE=str(tmp_path / "named")) == (9, None, 1)
    monkeypatch.setenv("ENV_FILE", "")
    assert read() == (90, None, 0)


@pytest.mark.parametrize("content", [None, b"CALLBACK_DAYS=\xff\n", b"PUBLIC_URL=pay.example.com\nCALLBACK_DAYS=1\n"])
def test_a_file_of_settings_that_cannot_be_used_is_named_and_nothing_is_guessed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "settings").write_bytes(content)
    with pytest.raises(config.SettingsError) as caught:
        load(monkeypatch, ENV_FILE=str(tmp_path / "settings"), PUBLIC_URL=None)
    said = str(caught.value)
    assert (
        ("PUBLIC_URL must" in said and "CALLBACK_DAYS" in said)
        if b"PUB" in (content or b"")
        else "settings cannot be read" in said
    )
