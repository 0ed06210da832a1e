"""What templates say in Polish."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Dzień dobry, tu {{1}}. Oto prośba o płatność.\n\nKwota: {{2}}\nTytułem: {{3}}\n\n"
        "Przycisk otwiera bezpieczną stronę płatności. Na tym czacie nigdy nie prosimy o numer karty.",
        "Przejdź do płatności",
    ),
    terms_request=Wording(
        "Dzień dobry, tu {{1}}. Oto prośba o płatność.\n\nKwota: {{2}}\nTytułem: {{3}}\nUwaga: {{4}}\n\n"
        "Przycisk otwiera bezpieczną stronę płatności. Na tym czacie nigdy nie prosimy o numer karty.",
        "Przejdź do płatności",
    ),
    register_request=Wording(
        "Dzień dobry, tu {{1}}. Proponujemy zapisanie karty na potrzeby kolejnych płatności.\n\n"
        "Tytułem: {{2}}\n\nTeraz nic nie jest pobierane. "
        "Przycisk otwiera bezpieczną stronę, na której można podać kartę i wyrazić zgodę. "
        "Na tym czacie nigdy nie prosimy o numer karty.",
        "Zapisz moją kartę",
    ),
    reminder=Wording(
        "Dzień dobry, tu {{1}}. Krótkie przypomnienie: nasza prośba nadal czeka.\n\n"
        "Prośba: {{2}}\nLink działa do: {{3}}\n\nPrzycisk otwiera bezpieczną stronę. "
        "Jeśli coś na niej nie działa, proszę powiadomić sklep. Na tym czacie nigdy nie prosimy o numer karty.",
        "Otwórz stronę",
    ),
    receipt=Wording(
        "Dziękujemy. Sklep {{1}} otrzymał płatność.\n\nKwota: {{2}}\nKarta: {{3}}\nNumer: {{4}}\n\n"
        "Przycisk otwiera potwierdzenie płatności.",
        "Zobacz potwierdzenie",
    ),
    charge_receipt=Wording(
        "Dzień dobry. Zgodnie z udzieloną zgodą sklep {{1}} obciążył zapisaną kartę.\n\n"
        "Kwota: {{2}}\nKarta: {{3}}\nNumer: {{4}}\n\nPrzycisk otwiera potwierdzenie płatności. "
        "W razie pytań lub w celu usunięcia karty proszę skontaktować się ze sklepem.",
        "Zobacz potwierdzenie",
    ),
    card_saved=Wording(
        "Dzień dobry. Zgodnie z udzieloną zgodą sklep {{1}} zapisał kartę na potrzeby kolejnych płatności.\n\n"
        "Karta: {{2}}\nZgoda z dnia: {{3}}\nTreść {{4}}: {{5}}\n\n"
        "Przycisk otwiera stronę, na której można w każdej chwili usunąć kartę.",
        "Zobacz lub usuń",
    ),
    saving_receipt=Wording(
        "Dziękujemy. Sklep {{1}} otrzymał płatność i zgodnie z udzieloną zgodą zapisał kartę na potrzeby "
        "kolejnych płatności.\n\nKwota: {{2}}\nKarta: {{3}}\nNumer: {{4}}\nZgoda z dnia: {{5}}\nTreść {{6}}: "
        "{{7}}\n\nPrzycisk otwiera potwierdzenie płatności; można tam w każdej chwili usunąć kartę.",
        "Zobacz potwierdzenie",
    ),
    order_update=Wording(
        "Dzień dobry, tu {{1}}. Mamy nowe informacje o płatności.\n\n{{2}}\n\nProśba: {{3}}\n\n"
        "Przycisk otwiera stronę. W razie pytań proszę skontaktować się ze sklepem.",
        "Otwórz stronę",
    ),
    merchant_notice=Wording(
        "Nowe informacje o zleceniu płatniczym od {{1}}:\n\n{{2}}\n\n"
        "Proszę odpowiedzieć na tę wiadomość słowem STATUS, aby zobaczyć stan, lub napisać HELP, aby zobaczyć, co można tu pisać."
    ),
    stop="Aby nie otrzymywać więcej wiadomości, proszę napisać STOP.",
)
