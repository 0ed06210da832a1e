"""A letter as HTML that mail programs take: tables for the layout, styles on the elements, for many programs read no style sheet and Outlook
lays out by Word. The sheet in the head only turns the colours where the program is dark. Nothing is fetched: the logo comes along, and no
script, font or picture of elsewhere tells anybody that the letter was opened.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from webapp.domain import colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.mail.letter import Fact, Letter, Look, Part

LOGO = "logo"
"""The Content-ID's first part, by which the HTML names the picture that comes along."""

FONT = Markup("font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;")
TABLE = Markup('role="presentation" border="0" cellspacing="0" cellpadding="0"')
LIGHT = {"page": "#f2f5f3", "sheet": "#ffffff", "ink": "#14201c", "soft": "#44514b", "hair": "#dbe3df"}
DARK = {"page": "#0e1512", "sheet": "#17201c", "ink": "#eef3f0", "soft": "#b4c0ba", "hair": "#2b3732"}


@dataclass(frozen=True)
class _Style:
    """The shop's colours by day, the side at which lines begin, and the other."""

    brand: str
    on_brand: str
    tint: str
    start: str
    end: str


def html(letter: Letter, look: Look) -> str:
    """The letter in that look."""
    shades = colours.shades(colours.parse(look.colour) if look.colour else colours.OURS, colours.LIGHT)
    start, end = ("right", "left") if letter.direction == "rtl" else ("left", "right")
    style = _Style(shades.brand, shades.on_brand, shades.tint, start, end)
    main = next((part for part in letter.parts if part.link), None)
    body = Markup("\n").join(
        line for part in letter.parts for line in _part(part, style, main=part is main, first=part is letter.parts[0])
    )
    return str(
        Markup(
            '<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n<meta name="supported-color-schemes" content="light dark">\n'
            "<title>{subject}</title>\n<style>{sheet}</style>\n</head>\n"
            '<body class="page" dir="{direction}" style="margin:0;padding:0;background:{page};">\n{preview}\n'
            '<table {table} class="page" width="100%" bgcolor="{page}"><tr><td align="center" style="padding:16px 8px 32px;">\n'
            '<table {table} width="100%" style="max-width:560px;" dir="{direction}">\n'
            '<tr><td style="padding:8px 8px 16px;">{head}</td></tr>\n'
            '<tr><td class="sheet" bgcolor="{white}" style="padding:24px;border-radius:12px;background:{white};">\n{body}\n</td></tr>\n'
            '<tr><td style="padding:16px 8px 0;">{foot}</td></tr>\n</table>\n</td></tr></table>\n</body>\n</html>\n'
        ).format(
            language=letter.language,
            direction=letter.direction,
            subject=letter.subject,
            sheet=_sheet(look.colour),
            page=LIGHT["page"],
            white=LIGHT["sheet"],
            table=TABLE,
            preview=_preview(letter),
            head=_head(look, style),
            body=body,
            foot=_foot(letter, style),
        )
    )


@functools.lru_cache(maxsize=256)
def _sheet(colour: str | None) -> Markup:
    """The dark, for programs that know it."""
    dark = colours.shades(colours.parse(colour) if colour else colours.OURS, colours.DARK)
    text = (
        ":root{color-scheme:light dark;supported-color-schemes:light dark;}"
        "@media (prefers-color-scheme:dark){"
        f".page{{background:{DARK['page']} !important;}}.sheet{{background:{DARK['sheet']} !important;}}"
        f".ink{{color:{DARK['ink']} !important;}}.soft{{color:{DARK['soft']} !important;}}"
        f".hair{{border-color:{DARK['hair']} !important;}}.brand{{color:{dark.brand} !important;}}"
        f".button{{background:{dark.brand} !important;color:{dark.on_brand} !important;}}"
        f".tint{{background:{dark.tint} !important;}}}}"
    )
    return Markup(text)  # noqa: S704  # nosec B704  # colours, and nothing that anybody wrote


def _preview(letter: Letter) -> Markup:
    """What a list of letters shows of it, which else would be the shop's name once more."""
    return Markup('<div style="display:none;max-height:0;overflow:hidden;">{}</div>').format(letter.parts[0].words)


def _head(look: Look, style: _Style) -> Markup:
    mark = Markup('<img src="cid:{}" width="44" height="44" alt="" style="display:block;border-radius:10px;">').format(
        LOGO
    )
    if not look.has_logo:
        mark = Markup(
            '<div class="button" aria-hidden="true" style="width:44px;height:44px;line-height:44px;border-radius:14px;'
            'background:{};color:{};text-align:center;font-size:20px;font-weight:700;{}">{}</div>'
        ).format(style.brand, style.on_brand, FONT, look.shop.strip()[:1].upper())
    return Markup(
        '<table {}><tr><td width="44">{}</td><td class="ink" style="padding-{}:12px;color:{};font-size:17px;font-weight:650;{}">'
        "<bdi>{}</bdi></td></tr></table>"
    ).format(TABLE, mark, style.start, LIGHT["ink"], FONT, look.shop)


def _part(part: Part, style: _Style, *, main: bool, first: bool) -> Iterator[Markup]:
    yield _words(part.words, "0" if first else "24px")
    if part.headline:
        yield Markup(
            '<p class="soft" style="margin:0;color:{};font-size:15px;line-height:22px;{}">{}</p>'
            '<p class="ink" style="margin:0 0 16px;color:{};font-size:34px;line-height:42px;font-weight:700;{}"><bdi>{}</bdi></p>'
        ).format(LIGHT["soft"], FONT, part.headline[0], LIGHT["ink"], FONT, part.headline[1])
    if part.facts:
        yield _facts(part.facts, style)
    if part.quote:
        yield Markup(
            '<table {} width="100%"><tr><td class="tint ink" lang="{}" dir="auto" bgcolor="{}" style="padding:12px 16px;border-radius:8px;'
            'background:{};color:{};font-size:15px;line-height:22px;{}">{}</td></tr></table>'
        ).format(TABLE, part.quote.language, style.tint, style.tint, LIGHT["ink"], FONT, part.quote.words)
    if part.link:
        yield _button(*part.link, style) if main else _link(*part.link, style)


def _words(words: str, above: str) -> Markup:
    return Markup('<p class="ink" style="margin:{} 0 16px;color:{};font-size:17px;line-height:25px;{}">{}</p>').format(
        above, LIGHT["ink"], FONT, words
    )


def _facts(facts: tuple[Fact, ...], style: _Style) -> Markup:
    row = Markup(
        '<tr><td class="soft hair" align="{start}" valign="top" style="{cell}color:{soft};padding-{end}:16px;">{name}</td>'
        '<td class="ink hair" align="{end}" valign="top" style="{cell}color:{ink};font-weight:600;"><bdi>{value}</bdi></td></tr>'
    )
    cell = Markup("padding:7px 0;border-top:1px solid {};font-size:15px;line-height:22px;{}").format(
        LIGHT["hair"], FONT
    )
    rows = Markup("").join(
        row.format(
            start=style.start,
            end=style.end,
            cell=cell,
            soft=LIGHT["soft"],
            ink=LIGHT["ink"],
            name=name,
            value=value,
        )
        for name, value in facts
    )
    return Markup('<table {} width="100%" style="margin:0 0 20px;">{}</table>').format(TABLE, rows)


def _button(label: str, address: str, style: _Style) -> Markup:
    """The one thing to press. The cell has the colour, for Outlook gives a link none; the link has the height, for a thumb."""
    return Markup(
        '<table {table} width="100%" style="margin:4px 0;"><tr><td class="button" align="center" bgcolor="{brand}" '
        'style="border-radius:12px;background:{brand};"><a class="button" href="{address}" style="display:block;padding:14px 24px;'
        'border-radius:12px;background:{brand};color:{on_brand};font-size:17px;line-height:24px;font-weight:650;text-decoration:none;{font}">'
        "{label}</a></td></tr></table>"
    ).format(table=TABLE, brand=style.brand, on_brand=style.on_brand, address=address, label=label, font=FONT)


def _link(label: str, address: str, style: _Style) -> Markup:
    return Markup(
        '<p style="margin:16px 0 0;font-size:15px;line-height:22px;{}"><a class="brand" href="{}" style="color:{};">{}</a></p>'
    ).format(FONT, address, style.brand, label)


def _foot(letter: Letter, style: _Style) -> Markup:
    line = Markup(
        '<p class="soft" align="{}" style="margin:0 0 8px;color:{};font-size:13px;line-height:19px;{}">{}</p>'
    )
    said = (letter.contact, letter.legal)
    return Markup("\n").join(line.format(style.start, LIGHT["soft"], FONT, each) for each in said)
