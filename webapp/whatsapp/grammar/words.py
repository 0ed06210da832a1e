"""The vocabulary: verbs and options, as merchants of several languages write them."""

from __future__ import annotations

import difflib
import functools
from enum import StrEnum

from webapp.domain.characters import fold


class Verb(StrEnum):
    """What a message asks for; a message without any asks for a payment."""

    REGISTER = "REGISTER"
    ASK = "ASK"
    CHARGE = "CHARGE"
    STATUS = "STATUS"
    CANCEL = "CANCEL"
    RESEND = "RESEND"
    REVOKE = "REVOKE"
    EXTEND = "EXTEND"
    REFUND = "REFUND"
    LIST = "LIST"
    LINK = "LINK"
    LANGUAGE = "LANGUAGE"
    HELP = "HELP"
    STOP = "STOP"


# `10 EUR de 0612345678`: codes of languages that are small words of another, where something follows them.
PREPOSITIONS = frozenset({"de"})

# The first word of a language is the one that examples show.
VERBS: dict[str, dict[Verb, str]] = {
    "en": {
        Verb.REGISTER: "REGISTER SAVE",
        Verb.ASK: "ASK",
        Verb.CHARGE: "CHARGE",
        Verb.STATUS: "STATUS",
        Verb.CANCEL: "CANCEL",
        Verb.RESEND: "RESEND",
        Verb.REVOKE: "REVOKE",
        Verb.EXTEND: "EXTEND PROLONG",
        Verb.REFUND: "REFUND",
        Verb.LIST: "LIST TODAY",
        Verb.LINK: "LINK",
        Verb.LANGUAGE: "LANGUAGE",
        Verb.HELP: "HELP ?",
        Verb.STOP: "STOP UNSUBSCRIBE",
    },
    "fr": {
        Verb.REGISTER: "ENREGISTRER ENREGISTRE INSCRIRE",
        Verb.ASK: "DEMANDER DEMANDE",
        Verb.CHARGE: "DÉBITER DÉBITE PRÉLEVER",
        Verb.STATUS: "STATUT ÉTAT",
        Verb.CANCEL: "ANNULER ANNULE",
        Verb.RESEND: "RENVOYER RENVOIE",
        Verb.REVOKE: "RÉVOQUER RÉVOQUE",
        Verb.EXTEND: "PROLONGER PROLONGE",
        Verb.REFUND: "REMBOURSER REMBOURSE",
        Verb.LIST: "LISTE LISTER",
        Verb.LINK: "LIEN",
        Verb.LANGUAGE: "LANGUE",
        Verb.HELP: "AIDE MENU",
        Verb.STOP: "STOP ARRÊT ARRÊTER",
    },
    "es": {
        Verb.REGISTER: "REGISTRAR GUARDAR",
        Verb.ASK: "PEDIR PREGUNTAR PIDE PREGUNTA",
        Verb.CHARGE: "COBRAR COBRA",
        Verb.STATUS: "ESTADO",
        Verb.CANCEL: "CANCELAR ANULAR CANCELA ANULA",
        Verb.RESEND: "REENVIAR REENVÍA",
        Verb.REVOKE: "REVOCAR INVALIDAR",
        Verb.EXTEND: "PROLONGAR AMPLIAR PROLONGA AMPLÍA",
        Verb.REFUND: "REEMBOLSAR DEVOLVER REEMBOLSA DEVUELVE",
        Verb.LIST: "LISTA HOY",
        Verb.LINK: "ENLACE",
        Verb.LANGUAGE: "IDIOMA",
        Verb.HELP: "AYUDA MENÚ",
        Verb.STOP: "BAJA",
    },
    "de": {
        Verb.REGISTER: "REGISTRIEREN SPEICHERN REGISTRIERE SPEICHERE",
        Verb.ASK: "FRAGEN",
        Verb.CHARGE: "BELASTEN ABBUCHEN",
        Verb.STATUS: "STATUS STAND",
        Verb.CANCEL: "STORNIEREN ABBRECHEN STORNIERE",
        Verb.RESEND: "WIEDERHOLEN NOCHMALS WIEDERHOLE",
        Verb.REVOKE: "SPERREN WIDERRUFEN",
        Verb.EXTEND: "VERLÄNGERN VERLAENGERN VERLÄNGERE",
        Verb.REFUND: "ERSTATTEN RÜCKERSTATTEN RUECKERSTATTEN ERSTATTE",
        Verb.LIST: "LISTE HEUTE",
        Verb.LINK: "LINK",
        Verb.LANGUAGE: "SPRACHE",
        Verb.HELP: "HILFE",
        Verb.STOP: "STOPP ABMELDEN",
    },
    "pt": {
        Verb.REGISTER: "REGISTAR REGISTRAR SALVAR",
        Verb.ASK: "PERGUNTAR PEDIR",
        Verb.CHARGE: "COBRAR DEBITAR COBRA",
        Verb.STATUS: "ESTADO SITUAÇÃO",
        Verb.CANCEL: "CANCELAR ANULAR CANCELA ANULA",
        Verb.RESEND: "REENVIAR REENVIA",
        Verb.REVOKE: "REVOGAR",
        Verb.EXTEND: "PROLONGAR PRORROGAR PROLONGA",
        Verb.REFUND: "REEMBOLSAR ESTORNAR DEVOLVER REEMBOLSA ESTORNA DEVOLVE",
        Verb.LIST: "LISTA HOJE",
        Verb.LINK: "LIGAÇÃO LINK",
        Verb.LANGUAGE: "IDIOMA LÍNGUA",
        Verb.HELP: "AJUDA",
        Verb.STOP: "SAIR",
    },
    "it": {
        Verb.REGISTER: "REGISTRARE REGISTRA SALVARE SALVA",
        Verb.ASK: "CHIEDERE CHIEDI",
        Verb.CHARGE: "ADDEBITARE ADDEBITA",
        Verb.STATUS: "STATO",
        Verb.CANCEL: "ANNULLARE ANNULLA",
        Verb.RESEND: "REINVIARE REINVIA",
        Verb.REVOKE: "REVOCARE REVOCA",
        Verb.EXTEND: "PROLUNGARE PROLUNGA",
        Verb.REFUND: "RIMBORSARE RIMBORSA",
        Verb.LIST: "LISTA ELENCO OGGI",
        Verb.LINK: "LINK COLLEGAMENTO",
        Verb.LANGUAGE: "LINGUA",
        Verb.HELP: "AIUTO",
        Verb.STOP: "BASTA",
    },
}
_VERBS = {fold(word): verb for verbs in VERBS.values() for verb, words in verbs.items() for word in words.split()}


class Option(StrEnum):
    """What stands before an `=`, or alone."""

    ORDER = "ORDER"
    TAX = "TAX"
    DELAY = "DELAY"
    SHOP = "SHOP"


_OPTIONS: dict[Option, str] = {
    Option.ORDER: "ORDER REF COMMANDE PEDIDO BESTELLUNG AUFTRAG ENCOMENDA ORDINE",
    Option.TAX: "TAX VAT TVA IVA MWST UST STEUER IMPOSTO IMPUESTO BTW KDV מע״מ",
    Option.DELAY: "DELAY DELAI PLAZO FRIST PRAZO SCADENZA",
    Option.SHOP: "SHOP BOUTIQUE TIENDA LADEN LOJA NEGOZIO",
}
# What else stands before a reference: `n° 7`, `Best.-Nr. 2044`. Without a digit in it, what follows is none.
REFERENCE_WORDS = {
    *(
        "n",
        "n°",
        "nº",
        "no°",
        "№",
        "nr",
        "num",
        "numero",
        "number",
        "nummer",
        "reference",
        "referencia",
        "referenz",
        "referenza",
    ),
    *(
        "rif",
        "riferimento",
        "cmd",
        "cde",
        "ped",
        "best",
        "bestell-nr",
        "best.-nr",
        "bestellnr",
        "bestellnummer",
        "auftragsnr",
    ),
}
_NAMED_OPTIONS = {fold(word): option for option, words in _OPTIONS.items() for word in words.split()}

# The options as each language names them; those of Lyra are everybody's.
_LYRA = "ORDER TAX DELAY SHOP"
OPTIONS_OF = {
    "en": f"{_LYRA} REF VAT",
    "fr": f"{_LYRA} REF COMMANDE TVA DELAI BOUTIQUE",
    "es": f"{_LYRA} REF PEDIDO IVA IMPUESTO PLAZO TIENDA",
    "de": f"{_LYRA} REF BESTELLUNG AUFTRAG MWST UST STEUER FRIST LADEN",
    "pt": f"{_LYRA} REF ENCOMENDA PEDIDO IVA IMPOSTO PRAZO LOJA",
    "it": f"{_LYRA} REF ORDINE IVA SCADENZA NEGOZIO",
}

TEST_WORDS = {"test", "essai", "prueba", "teste", "prova"}
# The buyer gives a name and an address before paying.
FORM_WORDS = {"form", "formulaire", "formulario", "formular", "modulo"}
DAY_WORDS = {"day", "days", "jour", "jours", "dia", "dias", "tag", "tage", "giorno", "giorni"}

# How alike two words must be, from 0 to 1: `REGISTR` is 0.93 of REGISTER, `buyer` 0.46.
RESEMBLING = 0.75


def verb(word: str) -> Verb | None:
    """The verb that a word is, in any language."""
    return _VERBS.get(fold(word))


def option(word: str) -> Option | None:
    """The option that a word names, in any language."""
    return _NAMED_OPTIONS.get(fold(word))


def names_reference(word: str) -> bool:
    """Whether a reference may stand behind the word."""
    return option(word) is Option.ORDER or fold(word) in REFERENCE_WORDS


@functools.cache
def _shown(language: str) -> dict[str, str]:
    """What may be proposed to somebody who writes that language, by how it is looked for. Every word, where none is named; English,
    where no words are in that language."""
    languages = [language if language in VERBS else "en"] if language else VERBS
    shown = {fold(w): w for each in languages for words in VERBS[each].values() for w in words.split()}
    named = {w for each in languages for w in OPTIONS_OF[each].split()}
    return (
        shown
        | {fold(w): f"{w}=" for words in _OPTIONS.values() for w in words.split() if w in named}
        | {"euros": "EUROS"}
    )


def resembling(word: str, language: str = "") -> str:
    """The known word that a misspelt one was probably meant to be, in capitals and in the writer's language; empty if there is none."""
    if not 3 <= len(word) <= 20:
        return ""
    shown = _shown(language)
    matcher = difflib.SequenceMatcher(b=fold(word).removesuffix("="))
    likeness: dict[str, float] = {}
    for known in shown:
        matcher.set_seq1(known)
        likeness[known] = matcher.ratio()
    closest = max(likeness, key=likeness.__getitem__)
    return shown[closest] if likeness[closest] >= RESEMBLING else ""
