"""Words without a meaning of their own: what may be left of a message as a text, above a button, and what may not."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from webapp.domain import characters
from webapp.whatsapp.grammar import words
from webapp.whatsapp.grammar.words import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

# Politeness, and what connects words: alone they say nothing of what is paid. As `characters.fold` leaves them.
_SMALL = """
    hi hello hey dear please pls plz thanks thank thx ty cheers you could can send text give a an the to for of it its it's is on at in by from
    with my me her his their our your this payment pay link number phone mobile cell tel order total sum amount customer client name fwd fw
    card i and inc incl including will valid expires

    bonjour bonsoir salut merci svp stp s'il te vous plait peux-tu pouvez-vous envoie envoyez envoyer un une le la les de du des d' a au aux
    pour par sur c'est est mon ma mes son sa ton votre numero num paiement payer lien ttc dont client carte et tr mr mme m ok portable
    telephone valable valide expire

    hola buenas buenos dias tardes gracias por favor porfa manda mandale mandame mandas me envia envie enviale enlace el los las una unos al
    del para su mi es movil tlf telefono pago y reenviado cliente tarjeta vale valido valida

    hallo moin servus bitte danke dank viele kannst konnen du sie schicken schicke sende senden uber an die der das den dem ein eine ist
    meine ihre seine nr nummer handy telefon und fur von zahlungslink zahlung summe inkl karte mit weitergeleitet gruss grusse hier kunde
    kundin zu gultig

    oi ola bom dia boa tarde noite mande envie um uma o os as no na do da dos das pro pra obrigado obrigada obg valeu blz sff meu minha seu
    sua zap celular cartao pagamento encaminhada com

    ciao salve buongiorno buonasera grazie mille per favore mandi mandami invia inviami il lo gli di dei della alla suo mio mia cellulare
    pagamento cui totale inoltrato carta e prego sig sig.ra dott.ssa valido

    - / ( ) & … · • → 🙏 👍 😊 🙂 😀 😉 ❤ 💶 💷 💵 💴 💰 💳 📱 📞 📲 ☎ 💬 ✅ 👋 🤗
"""
SMALL = frozenset(_SMALL.split())
# Another meaning hangs on these: without them the message says something else.
_DECISIVE = {
    "en": "not no don't never without or instead except minus less plus half each per times apiece if until wait",
    "fr": "pas ne non jamais sans ou sauf moins demi chaque fois si jusqu'a attends attendez ht hors",
    "es": "no sin nunca o u salvo menos medio cada veces si hasta espera ni tampoco",
    "de": "nicht kein keine keinen nie ohne oder statt ausser minus halb je pro mal jeweils wenn bis warte zzgl zuzuglich",
    "pt": "nao sem nunca ou exceto menos meio cada vezes se ate espera nem",
    "it": "non no senza mai oppure o tranne meno mezzo ogni volte testa cadauno ciascuno se fino aspetta ne",
}
DECISIVE = {language: frozenset(written.split()) for language, written in _DECISIVE.items()}
# `10 € par personne`: so many times that.
EACH = {
    *(("par", "personne"), ("par", "pers"), ("par", "tete"), ("por", "persona"), ("por", "cabeza"), ("por", "pessoa")),
    *(("por", "cabeca"), ("a", "persona"), ("per", "persona"), ("a", "head"), ("a", "person")),
}
# These verbs stand alone: beside an order they are words of its text ("a link for 10 EUR", "today").
ALONE = {Verb.LINK, Verb.LIST}
MARKS = "¡¿!?()[]{}…,;.:*_~-–"
PICTURE_STYLE = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
COUNT = re.compile(r"[(\[]?\d{1,4}[)\]]?|\d{1,2}[:/]\d{1,2}(?:[:/]\d{2,4})?")
MIXED = re.compile(
    r"[(]?(?:[^\W\d_]{1,6}[-./]?\d{1,6}|\d{1,4}(?!e\d)[^\W\d_]{1,4}(?:\d{1,2})?)[^\W\d_]{0,2}[)]?", re.IGNORECASE
)
ADDRESS = re.compile(r"://|^www\.|[^\W\d_]{2,}\.[^\W\d_]{2,}", re.IGNORECASE)


def is_word(text: str, language: str) -> bool:
    """Whether a word, for which there is no other use in the message, may be part of a text: of letters, no address, none that looks
    like a verb and is none (`АSK` with a Cyrillic A), and none on which another meaning hangs to who writes that `language`."""
    if not any(map(str.isalpha, text)) or any(map(str.isdigit, text)) or re.search("[=@#+<>]", text):
        return False
    if any(unicodedata.category(each) == "Sc" for each in text):
        return False
    if is_small(text) and not _decides(text, language):
        return True
    verb = words.verb(text)
    if _decides(text, language) or ADDRESS.search(text) or (verb is None and _disguised(text)):
        return False
    return verb is None or verb in ALONE or characters.fold(text) == "menu"


def means_each(word: str, after: str) -> bool:
    """Whether two words make an amount one of several."""
    return (_bare(word), _bare(after)) in EACH


def may_be_left(text: str, language: str) -> bool:
    """Whether a word may be part of a text without another beside it."""
    return is_word(text, language) or is_mixed(text) or is_sign(text)


def is_small(text: str) -> bool:
    """Whether a word says nothing by itself."""
    return _bare(text) in SMALL


def is_count(text: str) -> bool:
    """A number that may count or name something, beside a word: `2 pizzas`, `table 5`, `19:30`."""
    return bool(COUNT.fullmatch(text))


def is_mixed(text: str) -> bool:
    """A short word of letters and digits: `2x`, `19h30`, `A12`."""
    return bool(MIXED.fullmatch(text))


def is_sign(text: str) -> bool:
    """Pictures and punctuation."""
    return not any(each.isalnum() or unicodedata.category(each) == "Sc" or each in "+=@#<>%" for each in text)


def _decides(text: str, language: str) -> bool:
    known = [DECISIVE[language]] if language in DECISIVE else DECISIVE.values()
    return any(_bare(text) in each for each in known)


def _disguised(text: str) -> bool:
    scripts = {unicodedata.name(each, "").split(" ")[0] for each in text if each.isalpha()}
    return len(scripts & {"LATIN", "CYRILLIC", "GREEK"}) > 1 or bool(scripts & {"FULLWIDTH", "MATHEMATICAL"})


def says_something(run: Iterable[str]) -> bool:
    """Whether a run of words is more than politeness and small words."""
    return not all(map(is_small, run))


def _bare(word: str) -> str:
    folded = PICTURE_STYLE.sub("", characters.fold(word.replace("’", "'")))
    return folded.strip(MARKS) or folded
