"""What a buyer asks for in the chat: a few words of each language, alone or with an order's reference. Pure.

Any word is understood whatever the language that the buyer is written to in, for people answer in their own. What is none of them is for
the shop to read, so nothing is refused here.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain import characters

LONGEST = 120  # characters; who writes more, writes to the shop


class Wish(StrEnum):
    """What is asked for."""

    PAY = "pay"
    LINK = "link"
    NOT_ME = "not_me"
    RECEIPT = "receipt"
    FORGET = "forget"
    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True)
class Asked:
    """A wish, and the reference of the order that it names, if any, as it was written."""

    wish: Wish
    reference: str | None = None


# The first of each language is the one that we write ourselves.
WORDS: dict[Wish, dict[str, tuple[str, ...]]] = {
    Wish.PAY: {
        "en": ("pay",),
        "fr": ("payer", "paie", "paye"),
        "es": ("pagar", "pago"),
        "ar": ("ادفع", "دفع"),
        "de": ("bezahlen", "zahlen"),
        "it": ("paga", "pagare"),
        "pt": ("pagar",),
        "nl": ("betalen", "betaal"),
        "he": ("לשלם", "תשלום"),
        "ja": ("支払う", "支払い"),
        "pl": ("zapłać", "płacę"),
        "tr": ("öde", "ödeme"),
    },
    Wish.LINK: {
        "en": ("new link", "link", "send link"),
        "fr": ("nouveau lien", "lien"),
        "es": ("nuevo enlace", "enlace"),
        "ar": ("رابط جديد", "رابط"),
        "de": ("neuer link", "neuen link"),
        "it": ("nuovo link",),
        "pt": ("novo link", "nova ligação"),
        "nl": ("nieuwe link",),
        "he": ("קישור חדש", "קישור"),
        "ja": ("新しいリンク", "リンク"),
        "pl": ("nowy link",),
        "tr": ("yeni bağlantı", "bağlantı"),
    },
    Wish.NOT_ME: {
        "en": ("not me", "this is not me", "it's not me", "wrong number"),
        "fr": ("pas moi", "ce n'est pas moi", "c'est pas moi", "mauvais numéro"),
        "es": ("no soy yo", "número equivocado"),
        "ar": ("لست أنا", "ليس أنا", "رقم خاطئ"),
        "de": ("nicht ich", "das bin ich nicht", "falsche nummer"),
        "it": ("non sono io", "numero sbagliato"),
        "pt": ("não sou eu", "número errado"),
        "nl": ("niet ik", "dat ben ik niet", "ik ben het niet", "verkeerd nummer"),
        "he": ("זה לא אני", "לא אני", "מספר שגוי"),
        "ja": ("私ではありません", "人違いです", "番号違い"),
        "pl": ("to nie ja", "nie ja", "zły numer"),
        "tr": ("ben değilim", "bu ben değilim", "yanlış numara"),
    },
    Wish.RECEIPT: {
        "en": ("receipt", "my receipt"),
        "fr": ("reçu", "mon reçu"),
        "es": ("recibo", "mi recibo"),
        "ar": ("إيصال", "الإيصال"),
        "de": ("quittung", "beleg"),
        "it": ("ricevuta",),
        "pt": ("recibo", "comprovativo", "comprovante"),
        "nl": ("kwitantie", "bon", "betaalbewijs"),
        "he": ("אישור תשלום", "קבלה"),
        "ja": ("控え", "領収書"),
        "pl": ("potwierdzenie", "paragon"),
        "tr": ("makbuz", "ödeme belgesi"),
    },
    Wish.FORGET: {
        "en": ("forget my card", "remove my card", "delete my card"),
        "fr": ("oublier ma carte", "oubliez ma carte", "supprimer ma carte", "retirer ma carte"),
        "es": ("olvidar mi tarjeta", "eliminar mi tarjeta", "borrar mi tarjeta", "quitar mi tarjeta"),
        "ar": ("احذف بطاقتي", "انس بطاقتي"),
        "de": ("karte löschen", "meine karte löschen", "karte entfernen", "meine karte entfernen"),
        "it": ("elimina la mia carta", "dimentica la mia carta", "rimuovi la mia carta"),
        "pt": ("esquecer o meu cartão", "apagar o meu cartão", "remover meu cartão", "remover o meu cartão"),
        "nl": ("verwijder mijn kaart", "vergeet mijn kaart"),
        "he": ("למחוק את הכרטיס שלי", "מחק את הכרטיס שלי", "מחקי את הכרטיס שלי"),
        "ja": ("カードを削除", "カードを削除してください"),
        "pl": ("usuń moją kartę", "usuń kartę"),
        "tr": ("kartımı sil", "kartımı unut"),
    },
    Wish.STOP: {
        "en": ("stop", "unsubscribe"),
        "fr": ("stop", "arrêt", "arrêter"),
        "es": ("stop", "baja", "parar"),
        "ar": ("توقف", "إيقاف"),
        "de": ("stop", "stopp"),
        "it": ("stop", "basta"),
        "pt": ("stop", "parar", "sair"),
        "nl": ("stop", "stoppen"),
        "he": ("עצור", "הסר"),
        "ja": ("停止", "ストップ"),
        "pl": ("stop", "rezygnuję"),
        "tr": ("stop", "dur"),
    },
    Wish.START: {
        "en": ("start",),
        "fr": ("start", "reprendre"),
        "es": ("start", "alta"),
        "ar": ("ابدأ", "ابدا"),
        "de": ("start", "starten"),
        "it": ("start", "inizia"),
        "pt": ("start", "iniciar", "começar"),
        "nl": ("start", "starten"),
        "he": ("התחל",),
        "ja": ("再開",),
        "pl": ("start", "wznów"),
        "tr": ("start", "başla"),
    },
    Wish.HELP: {
        "en": ("help",),
        "fr": ("aide", "à l'aide"),
        "es": ("ayuda",),
        "ar": ("مساعدة", "المساعدة"),
        "de": ("hilfe",),
        "it": ("aiuto",),
        "pt": ("ajuda",),
        "nl": ("hulp", "help"),
        "he": ("עזרה",),
        "ja": ("ヘルプ", "使い方"),
        "pl": ("pomoc",),
        "tr": ("yardım",),
    },
}
ASKING = frozenset("?؟？")  # alone, they ask for help


def read(text: str) -> Asked | None:
    """What the text asks for; None for any other text."""
    plain = _plain(text)
    if len(plain) > LONGEST:
        return None
    if set(characters.visible(text).split()) & ASKING and not plain:
        return Asked(Wish.HELP)
    if plain in _WISHES:
        return Asked(_WISHES[plain])
    words, seen = plain.split(" "), characters.visible(text).split()
    for length in range(len(words) - 1, 0, -1):
        wish = _WISHES.get(" ".join(words[:length]))
        if wish is not None:
            return Asked(wish, " ".join(seen[length:]).strip("#.!?“”\"'")) if len(seen) > length else None
    return None


def word(wish: Wish, language: str) -> str:
    """The word for it that we write ourselves, as an instruction shows it."""
    words = WORDS[wish]
    return words.get(language, words["en"])[0].upper()


def write(wish: Wish, language: str, reference: str) -> str:
    """The text that asks for it, for a link that opens the chat with the text already in it."""
    return f"{word(wish, language)} {reference}"


def _plain(text: str) -> str:
    """Without case, accents, punctuation at the ends and doubled spaces; the I of Turkish, which has two, counts as ours."""
    visible = characters.visible(text).casefold().replace("’", "'")  # phones type the typographic one
    bare = "".join(c for c in unicodedata.normalize("NFD", visible) if unicodedata.category(c) != "Mn").replace(
        "ı", "i"
    )
    return " ".join(bare.split()).strip(" .!?…*_~`")


_WISHES = {_plain(each): wish for wish, languages in WORDS.items() for words in languages.values() for each in words}
