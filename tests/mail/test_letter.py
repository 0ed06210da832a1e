"""Letters: the same in plain text and in HTML, whatever people have called their shop."""

from __future__ import annotations

from webapp.mail.letter import Letter, Part, Quote

LETTER = Letter(
    "Receipt of Café <b>Lumière</b>: €10.00",
    (
        Part(
            "Thank you.",
            facts=(("Amount", "€10.00"), ("For", "2 <i>pizzas</i>")),
            link=("Your receipt", "https://x/p/a"),
        ),
        Part("You agreed:", quote=Quote("I let <script>them</script> save it.", "en")),
    ),
    "ar",
    "rtl",
)


def test_the_plain_text_says_it_all() -> None:
    assert LETTER.text() == (
        "Thank you.\n\nAmount: €10.00\nFor: 2 <i>pizzas</i>\n\nYour receipt:\nhttps://x/p/a\n\n"
        "You agreed:\n\n“I let <script>them</script> save it.”\n"
    )


def test_the_html_says_the_same_and_takes_no_markup_from_people() -> None:
    page = LETTER.html()
    assert '<html lang="ar" dir="rtl">' in page
    assert '<a href="https://x/p/a">Your receipt</a>' in page
    assert "2 &lt;i&gt;pizzas&lt;/i&gt;" in page
    assert "<script" not in page
    assert "<img" not in page
