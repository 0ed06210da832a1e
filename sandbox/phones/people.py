"""The people's phones: who is there, and how each phone behaves."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers

from sandbox.phones.parties import Role

if TYPE_CHECKING:
    import sqlite3

_SETTINGS = {
    "on_whatsapp": "UPDATE contacts SET on_whatsapp = ? WHERE phone = ?",
    "switched_on": "UPDATE contacts SET switched_on = ? WHERE phone = ?",
    "reads": "UPDATE contacts SET reads = ? WHERE phone = ?",
    "hides_number": "UPDATE contacts SET hides_number = ? WHERE phone = ?",
}


@dataclass(frozen=True)
class Person:
    """A phone on the simulated network."""

    phone: str
    wa_id: str
    user_id: str
    name: str
    role: Role
    on_whatsapp: bool
    switched_on: bool
    reads: bool
    hides_number: bool

    @property
    def pretty(self) -> str:
        """The number as people write it."""
        return pretty(self.phone)


def e164(text: str) -> str | None:
    """`text` as +E.164, or None when it cannot be a number of 8 to 15 digits (E.164, section 6)."""
    digits = re.sub(r"[^\d]", "", text.removeprefix("00"))
    return f"+{digits}" if re.fullmatch(r"[+\d\s().\-]+", text) and 8 <= len(digits) <= 15 else None


def pretty(phone: str) -> str:
    """+33612345678 as +33 6 12 34 56 78; what is no valid number stays as it is."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _wa_id(phone: str) -> str:
    """WhatsApp's own id: Mexico keeps its old mobile 1, Argentina has its 9 everywhere, Brazil south of DDD 30 has no ninth digit."""
    digits = phone.removeprefix("+")
    if re.fullmatch(r"52\d{10}", digits):
        return f"521{digits[2:]}"
    if re.fullmatch(r"54[1-3]\d{9}", digits):
        return f"549{digits[2:]}"
    if match := re.fullmatch(r"55([3-9]\d)9([6-9]\d{7})", digits):
        return f"55{match[1]}{match[2]}"
    return digits


def _user_id(phone: str) -> str:
    """A business-scoped user id: the country, a dot, digits that say nothing of the number."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or "ZZ"
    except phonenumbers.NumberParseException:
        region = "ZZ"
    return f"{region}.{int(hashlib.sha256(phone.encode()).hexdigest()[:16], 16):020d}"


def everybody(db: sqlite3.Connection) -> list[Person]:
    """All phones, in the order of their arrival."""
    return [_person(row) for row in db.execute("SELECT * FROM contacts ORDER BY rowid")]


def find(db: sqlite3.Connection, number: str) -> Person | None:
    """By phone, WhatsApp id (with or without +) or business-scoped user id."""
    sql = "SELECT * FROM contacts WHERE phone = ? OR wa_id = ? OR user_id = ?"
    row = db.execute(sql, (number, number.removeprefix("+"), number)).fetchone()
    return _person(row) if row else None


def ensure(db: sqlite3.Connection, phone: str, name: str = "", role: Role = Role.BUYER) -> Person:
    """The phone's person; somebody new is a buyer named by the number."""
    known = find(db, phone)
    if known is not None:
        return known
    sql = "INSERT INTO contacts (phone, wa_id, user_id, name, role) VALUES (?, ?, ?, ?, ?) RETURNING *"
    row = db.execute(sql, (phone, _wa_id(phone), _user_id(phone), name or pretty(phone), role)).fetchone()
    return _person(row)


def change(db: sqlite3.Connection, phone: str, settings: dict[str, bool]) -> None:
    """Switch a phone's settings. Raises ValueError for one that no phone has."""
    for name, value in settings.items():
        if name not in _SETTINGS:
            raise ValueError(f"a phone has no setting {name!r}")
        db.execute(_SETTINGS[name], (int(value), phone))


def renew(db: sqlite3.Connection, phone: str) -> Person:
    """The number is another person's now, or its owner has registered anew: WhatsApp gives it another user id. Raises LookupError."""
    person = find(db, phone)
    if person is None:
        raise LookupError(f"{phone} is not on WhatsApp")
    user_id = _user_id(f"{person.phone}/{person.user_id}")
    db.execute("UPDATE contacts SET user_id = ? WHERE phone = ?", (f"{person.user_id[:2]}{user_id[2:]}", person.phone))
    return find(db, phone) or person


def _person(row: sqlite3.Row) -> Person:
    return Person(
        phone=row["phone"],
        wa_id=row["wa_id"],
        user_id=row["user_id"],
        name=row["name"],
        role=Role(row["role"]),
        on_whatsapp=bool(row["on_whatsapp"]),
        switched_on=bool(row["switched_on"]),
        reads=bool(row["reads"]),
        hides_number=bool(row["hides_number"]),
    )
