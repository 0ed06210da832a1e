"""Message templates: Meta's rules for what may be submitted, and what comes of one with its parameters filled in."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from sandbox.phones.refusals import Refusal

if TYPE_CHECKING:
    import sqlite3

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
_NEED_A_COUNTRY = {"ky", "pt", "rw", "zh"}  # Meta's list of languages has no such code alone
_BUTTON_LIMITS = {"URL": 2, "PHONE_NUMBER": 1, "QUICK_REPLY": 10}
_CONTENT_IN_LANGUAGE_EXISTS = 2388024
_TEMPLATES = "SELECT templates.*, template_states.status FROM templates LEFT JOIN template_states ON template_states.id = templates.id"


@dataclass(frozen=True)
class Template:
    """An approved template in one language."""

    id: str
    name: str
    language: str
    category: str
    parameter_format: str
    components: list[dict[str, Any]]
    status: str = "APPROVED"

    def component(self, kind: str) -> dict[str, Any] | None:
        return next((c for c in self.components if c["type"].upper() == kind), None)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (self.component("BUTTONS") or {}).get("buttons", [])
        return found


def variables(text: str) -> list[str]:
    """The names or numbers in {{…}}, each once, in order."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def submit(db: sqlite3.Connection, wish: dict[str, Any]) -> Template:
    """Check a template and approve it at once. Raises Refusal (templates/components lists the rules)."""
    name, language = wish.get("name"), wish.get("language")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_]{1,512}", name):
        raise Refusal(100, "name: up to 512 lowercase letters, digits and underscores")
    known = isinstance(language, str) and re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2,3})?", language)
    if not isinstance(language, str) or not known or language in _NEED_A_COUNTRY:
        raise Refusal(100, "language: a code such as en, en_US or pt_BR")
    if wish.get("category") not in _CATEGORIES:
        raise Refusal(100, f"category: one of {', '.join(_CATEGORIES)}")
    if find(db, name, language):
        raise Refusal(
            100, "There is already content in this language for this template", subcode=_CONTENT_IN_LANGUAGE_EXISTS
        )
    style = str(wish.get("parameter_format") or "POSITIONAL").upper()
    components = wish.get("components")
    if not isinstance(components, list) or not all(isinstance(c, dict) for c in components):
        raise Refusal(100, "components: an array of components is needed")
    _check(components, style)
    row = (str(10**14 + secrets.randbelow(10**15)), name, language, wish["category"], style, json.dumps(components))
    db.execute(
        "INSERT INTO templates (id, name, language, category, parameter_format, components) VALUES (?,?,?,?,?,?)", row
    )
    return Template(row[0], name, language, row[3], style, components)


def every(db: sqlite3.Connection) -> list[Template]:
    """All templates, in the order of their submission."""
    return [_template(row) for row in db.execute(f"{_TEMPLATES} ORDER BY templates.rowid")]


def find(db: sqlite3.Connection, name: str, language: str) -> Template | None:
    """One template in one language."""
    row = db.execute(f"{_TEMPLATES} WHERE name = ? AND language = ?", (name, language)).fetchone()
    return _template(row) if row else None


def remove(db: sqlite3.Connection, name: str, template_id: str | None) -> None:
    """Remove a template in all languages, or the one with the id. Raises Refusal when there is none."""
    sql = "DELETE FROM templates WHERE name = ? AND (? IS NULL OR id = ?)"
    if db.execute(sql, (name, template_id, template_id)).rowcount == 0:
        raise Refusal(100, f"message template {name} does not exist", status=404)


def judge(db: sqlite3.Connection, template: Template, status: str) -> None:
    """Meta's word on one: `APPROVED`, `PAUSED`, `DISABLED`, …"""
    sql = "INSERT INTO template_states VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status"
    db.execute(sql, (template.id, status))


def put_into(db: sqlite3.Connection, template: Template, category: str) -> None:
    """Meta puts it into another category."""
    db.execute("UPDATE templates SET category = ? WHERE id = ?", (category, template.id))


def _template(row: sqlite3.Row) -> Template:
    components = json.loads(row["components"])
    shape = (row["category"], row["parameter_format"], components, row["status"] or "APPROVED")
    return Template(row["id"], row["name"], row["language"], *shape)


def _check(components: list[dict[str, Any]], style: str) -> None:
    kinds = [str(c.get("type", "")).upper() for c in components]
    if kinds.count("BODY") != 1 or len(set(kinds)) != len(kinds):
        raise Refusal(100, "components: one BODY is needed, and each type only once")
    for kind, component in zip(kinds, components, strict=True):
        match kind:
            case "BODY":
                _check_body(component, style)
            case "HEADER":
                _check_header(component, style)
            case "FOOTER":
                _check_text(component, 60, style, most=0)
            case "BUTTONS":
                _check_buttons(component.get("buttons"))
            case _:
                raise Refusal(100, f"components: unknown type {kind!r}")


def _check_text(component: dict[str, Any], longest: int, style: str, most: int | None = None) -> list[str]:
    text, kind = component.get("text"), str(component["type"]).lower()
    if not isinstance(text, str) or not 1 <= len(text) <= longest:
        raise Refusal(100, f"{kind}: a text of 1 to {longest} characters is needed")
    names = variables(text)
    if most is not None and len(names) > most:
        raise Refusal(100, f"{kind}: at most {most} variables")
    if style == "POSITIONAL" and names != [str(i + 1) for i in range(len(names))]:
        raise Refusal(100, f"{kind}: variables are {{{{1}}}}, {{{{2}}}} … in order")
    if style == "NAMED" and not all(re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in names):
        raise Refusal(100, f"{kind}: names of variables are lowercase letters and underscores")
    return names


def _check_body(component: dict[str, Any], style: str) -> None:
    names, text = _check_text(component, 1024, style), component["text"]
    if re.match(r"\s*\{\{", text) or re.search(r"\}\}\s*$", text):
        raise Refusal(100, "body: variables can't be at the start or end of the template")
    if re.search(r"\}\}\s*\{\{", text):
        raise Refusal(100, "body: two variables side by side")
    if re.search(r"\n{3,}", text):
        raise Refusal(100, "body: more than two newlines in a row")
    _check_example(component, "body_text", "body_text_named_params", len(names), style)


def _check_header(component: dict[str, Any], style: str) -> None:
    shape = str(component.get("format", "")).upper()
    if shape == "TEXT":
        names = _check_text(component, 60, style, most=1)
        _check_example(component, "header_text", "header_text_named_params", len(names), style)
    elif shape not in ("IMAGE", "VIDEO", "DOCUMENT", "LOCATION"):
        raise Refusal(100, "header: format is TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION")


def _check_example(component: dict[str, Any], positional: str, named: str, count: int, style: str) -> None:
    example = (component.get("example") or {}).get(named if style == "NAMED" else positional)
    if style != "NAMED" and positional == "body_text" and isinstance(example, list) and example:
        example = example[0]
    if count and (not isinstance(example, list) or len(example) != count):
        raise Refusal(100, f"{component['type'].lower()}: an example for each of {count} variables is needed")


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 10:
        raise Refusal(100, "buttons: 1 to 10 of them")
    for button in buttons:
        kind = str(button.get("type", "")).upper()
        if kind not in _BUTTON_LIMITS:
            raise Refusal(100, f"buttons: type is one of {', '.join(_BUTTON_LIMITS)}")
        if not 1 <= len(str(button.get("text") or "")) <= 25:
            raise Refusal(100, "buttons: a text of 1 to 25 characters is needed")
        if kind == "URL":
            _check_url(button)
    for kind, most in _BUTTON_LIMITS.items():
        if sum(str(b["type"]).upper() == kind for b in buttons) > most:
            raise Refusal(100, f"buttons: at most {most} of type {kind}")


def _check_url(button: dict[str, Any]) -> None:
    url = str(button.get("url") or "")
    if not 1 <= len(url) <= 2000 or urlsplit(url).scheme not in ("http", "https"):
        raise Refusal(100, "buttons: url is an address of up to 2,000 characters")
    names = variables(url)
    if names and (len(names) > 1 or not re.search(r"\{\{\s*1\s*\}\}$", url)):
        raise Refusal(100, "buttons: one variable, {{1}}, at the end of url")
    if names and not button.get("example"):
        raise Refusal(100, "buttons: url with a variable needs an example")


def fill(template: Template, given: list[dict[str, Any]]) -> dict[str, Any]:
    """What the phone shows of a template with `given` as its components' parameters.

    Raises Refusal 131008, 132000, 132005, 132012 or 132018.
    """
    parts = {str(c.get("type", "")).lower(): c for c in given if str(c.get("type", "")).lower() != "button"}
    content: dict[str, Any] = {"buttons": _fill_buttons(template, given)}
    for kind, name, longest in (("HEADER", "header", 60), ("BODY", "text", 1024), ("FOOTER", "footer", 60)):
        component = template.component(kind)
        if component is None or "text" not in component:
            continue
        values = _values(parts.get(kind.lower(), {}), variables(component["text"]), template.parameter_format, kind)
        text = _VARIABLE.sub(lambda match, values=values: values[match[1]], component["text"])  # type: ignore[misc]
        if len(text) > longest:
            raise Refusal(132005, f"the {kind.lower()} has {len(text)} characters, {longest} are allowed")
        content[name] = text
    return content


def _values(part: dict[str, Any], names: list[str], style: str, kind: str) -> dict[str, str]:
    parameters = part.get("parameters") or []
    if len(parameters) != len(names):
        where = kind.lower()
        raise Refusal(132000, f"{where}: {len(parameters)} parameters were given, {len(names)} are expected")
    texts = [_parameter_text(parameter) for parameter in parameters]
    if style == "NAMED":
        found = dict(zip([str(p.get("parameter_name")) for p in parameters], texts, strict=True))
        if set(found) != set(names):
            raise Refusal(132012, f"{kind.lower()}: parameters are named {', '.join(names)}")
        return found
    return dict(zip(names, texts, strict=True))


def _parameter_text(parameter: Any) -> str:
    if not isinstance(parameter, dict) or parameter.get("type") != "text":
        raise Refusal(132012, "a parameter of type text is expected")
    text = parameter.get("text")
    if not isinstance(text, str) or not text:
        raise Refusal(131008, "Parameter of type text is missing text value")
    if re.search(r"[\n\t\r]| {4}", text):
        raise Refusal(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return text


def _fill_buttons(template: Template, given: list[dict[str, Any]]) -> list[dict[str, str]]:
    parts = {int(c.get("index", 0)): c for c in given if str(c.get("type", "")).lower() == "button"}
    if stray := [i for i in parts if not 0 <= i < len(template.buttons)]:
        raise Refusal(132000, f"buttons: the template has no button at index {stray[0]}")
    shown = []
    for index, button in enumerate(template.buttons):
        part, kind = parts.get(index, {}), button["type"].upper()
        if part and str(part.get("sub_type", "")).upper() != kind:
            raise Refusal(132012, f"buttons: sub_type at index {index} is {kind.lower()}")
        if kind == "URL":
            shown.append({"kind": "url", "text": button["text"], "url": _fill_url(button["url"], part, index)})
        elif kind == "QUICK_REPLY":
            payload = (part.get("parameters") or [{}])[0].get("payload", button["text"])
            shown.append({"kind": "reply", "text": button["text"], "id": payload})
        else:
            shown.append({"kind": "call", "text": button["text"], "url": f"tel:{button.get('phone_number', '')}"})
    return shown


def _fill_url(url: str, part: dict[str, Any], index: int) -> str:
    """The suffix is percent-encoded: a slash or a question mark in it does not open a path or a query."""
    parameters = part.get("parameters") or []
    if not variables(url):
        if parameters:
            raise Refusal(132000, f"buttons: the url at index {index} takes no parameter")
        return url
    if len(parameters) != 1:
        raise Refusal(131008, f"buttons: Button at index {index} of type Url requires a parameter")
    filled = _VARIABLE.sub(lambda _: quote(_parameter_text(parameters[0]), safe=""), url)
    if len(filled) > 2000:
        raise Refusal(132005, f"buttons: the url at index {index} has more than 2,000 characters")
    return filled
