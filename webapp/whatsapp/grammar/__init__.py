"""Reading a command: text → command, pure. The package's door: `read`, what it returns, and the way back to text."""

from webapp.whatsapp.grammar.canonical import difference, example, render, verbs
from webapp.whatsapp.grammar.commands import (
    Ambiguous,
    Cancel,
    Charge,
    Command,
    Context,
    CreateOrder,
    Help,
    Reading,
    Refusal,
    Refused,
    Status,
    Stop,
)
from webapp.whatsapp.grammar.reading import read
from webapp.whatsapp.grammar.words import Verb

__all__ = [
    "Ambiguous",
    "Cancel",
    "Charge",
    "Command",
    "Context",
    "CreateOrder",
    "Help",
    "Reading",
    "Refusal",
    "Refused",
    "Status",
    "Stop",
    "Verb",
    "difference",
    "example",
    "read",
    "render",
    "verbs",
]
