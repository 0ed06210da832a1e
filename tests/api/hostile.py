"""Bodies that nobody who means well sends, and the code that each is refused with, whatever the operation."""

from __future__ import annotations

BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty_body"),
    "spaces": (b" \n\t ", "empty_body"),
    "cut off": (b'{"reference": "A1', "bad_json"),
    "cut off behind a name": (b'{"reference":', "bad_json"),
    "a comma too many": (b'{"reference": "A1",}', "bad_json"),
    "two documents": (b"{}{}", "bad_json"),
    "null": (b"null", "not_an_object"),
    "a list": (b"[]", "not_an_object"),
    "a list of one": (b'[{"reference": "A1"}]', "not_an_object"),
    "a text": (b'"all"', "not_an_object"),
    "a number": (b"0", "not_an_object"),
    "true": (b"true", "not_an_object"),
    "a name twice": (b'{"amount": 1, "amount": 1000}', "repeated_name"),
    "a name twice, further in": (b'{"buyer": {"phone": "1", "phone": "2"}}', "repeated_name"),
    "a name that is a card": (b'{"4242424242424242": 1, "4242424242424242": 1}', "repeated_name"),
    "deep lists": (b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}", "too_deep"),
    "nine levels": (b'{"a":' * 9 + b"1" + b"}" * 9, "too_deep"),
    "not closed": (b"[" * 60_000, "too_deep"),
    "huge": (b'{"reference": "' + b"x" * 70_000 + b'"}', "body_too_large"),
    "not a number": (b'{"amount": NaN}', "bad_json"),
    "infinite": (b'{"amount": -Infinity}', "bad_json"),
    "digits without an end": (b'{"amount": ' + b"9" * 5_000 + b"}", "bad_json"),
    "Latin-1": ('{"reference": "Caf\xe9"}'.encode("latin-1"), "bad_json"),
    "UTF-16": ('{"reference": "A1"}'.encode("utf-16"), "bad_json"),
    "a byte order mark": (b'\xef\xbb\xbf{"reference": "A1"}', "bad_json"),
    "NUL": (b'{"reference": "A\\u0000"}', "bad_text"),
    "half a surrogate pair": (b'{"reference": "\\ud83d"}', "bad_text"),
    "half a pair as a name": (b'{"\\udc00": 1}', "bad_text"),
    "a card number": (b'{"reference": "4242 4242 4242 4242"}', "card_number"),
    "a card number as a number": (b'{"amount": 4242424242424242}', "card_number"),
    "a card number as a name": (b'{"4242424242424242": 1}', "card_number"),
    "a card number as a fraction": (b'{"amount": 4242424242424242.0}', "card_number"),
    "a field that is not there": (b'{"sudo": true}', "invalid_fields"),
    "a prototype": (b'{"__proto__": {"amount": 1}}', "invalid_fields"),
}

NEVER_A_FIELD = ("a field that is not there", "a prototype")
"""What an operation without fields answers to these is its own."""

TYPES = {
    "plain": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "files": "multipart/form-data; boundary=x",
    "xml": "application/xml",
    "like JSON": "application/jsonp",
}
"""Types under which JSON is not taken."""
