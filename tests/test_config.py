"""Settings: what is missing or wrong keeps the service from starting, and is named."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from webapp import config

GOOD = {
    "PUBLIC_URL": "https://pay.example.com",
    "DATABASE_URL": "sqlite:////tmp.db",
    "SECRET_KEYS": "k" * 32,
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}


def load(monkeypatch: pytest.MonkeyPatch, **changes: str) -> config.Settings:
    for name in config.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in (GOOD | changes).items():
        monkeypatch.setenv(name, value)
    return config.load()


def test_good_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, SECRET_KEYS=f"{'n' * 32}, {'o' * 32}", PUBLIC_URL="https://pay.example.com/")
    assert (settings.public_url, settings.secret_keys) == ("https://pay.example.com", ("n" * 32, "o" * 32))


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for each, value in GOOD.items():
        monkeypatch.setenv(each, value)
    monkeypatch.delenv(name)
    with pytest.raises(config.SettingsError, match=f"{name} is missing: .+"):
        config.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "pay.example.com"),
        ("PUBLIC_URL", "http://pay.example.com"),
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
