"""The catalogue of message templates: what we say to people whose 24-hour window is closed, each text approved by Meta.

Category UTILITY: each follows from an order. A text that changes takes a new name, because Meta approves texts, and the
release before still sends the old one. Rules: Meta, templates/components.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webapp.whatsapp.messages import Template, clipped, flat

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

CATEGORY = "UTILITY"


@dataclass(frozen=True)
class Blank:
    """A variable: the example that Meta's reviewer sees, and how many characters of a value fit (1,024 in all)."""

    example: str
    limit: int


@dataclass(frozen=True)
class Wording:
    """One language of a template: the body, and the label of the button that opens the order's page."""

    body: str
    label: str | None = None


@dataclass(frozen=True)
class Entry:
    """One template in all its languages."""

    name: str
    blanks: tuple[Blank, ...]
    wordings: Mapping[str, Wording]
    footers: Mapping[str, str]

    def filled(self, language: str, values: Sequence[str], token: str | None = None) -> Template:
        """Ready to send, in the language or the nearest there is; values too long for their place are cut."""
        cut = [clipped(flat(value), blank.limit) for blank, value in zip(self.blanks, values, strict=True)]
        return Template(self.name, best_language(language, self.wordings), tuple(cut), token)


MERCHANT, AMOUNT, WHAT = Blank("Café Lumière", 60), Blank("10.00 EUR", 40), Blank("2 pizzas", 120)
CARD, REFERENCE, NEWS = (
    Blank("Visa ••42", 40),
    Blank("A12", 64),
    Blank("Paid, Visa ••42 saved. 10.00 EUR, 2 pizzas", 700),
)

ORDERED, UNTIL = Blank("10.00 EUR, 2 pizzas (A12)", 220), Blank("30 Nov 2026, 10:00", 40)

AGREED, VERSION = Blank("24 Nov 2026, 10:00", 40), Blank("2026-11.1a2b3c4d", 20)
AGREEMENT = Blank("I let Café Lumière save my card for my next payments to this shop.", 450)

STOP = {
    "en": "Write STOP to get no more messages.",
    "fr": "Écrivez STOP pour ne plus recevoir de messages.",
    "es": "Escriba STOP para no recibir más mensajes.",
    "ar": "أرسل STOP لإيقاف هذه الرسائل.",
}

PAYMENT_REQUEST = Entry(
    "ordo_payment_request",
    (MERCHANT, AMOUNT, WHAT),
    {
        "en": Wording(
            "Hello, this is {{1}}. Here is your payment request.\n\nAmount: {{2}}\nFor: {{3}}\n\n"
            "The button opens the secure payment page. We never ask for a card number in this chat.",
            "Open payment page",
        ),
        "fr": Wording(
            "Bonjour, ici {{1}}. Voici votre demande de paiement.\n\nMontant\u00a0: {{2}}\nObjet\u00a0: {{3}}\n\n"
            "Le bouton ouvre la page de paiement sécurisée. "
            "Nous ne demandons jamais de numéro de carte dans cette conversation.",
            "Aller au paiement",
        ),
        "es": Wording(
            "Hola, le escribe {{1}}. Esta es su solicitud de pago.\n\nImporte: {{2}}\nConcepto: {{3}}\n\n"
            "El botón abre la página de pago segura. Nunca pedimos un número de tarjeta en este chat.",
            "Ir a pagar",
        ),
        "ar": Wording(
            "مرحبًا، معك {{1}}. إليك طلب الدفع الخاص بك.\n\nالمبلغ: {{2}}\nالغرض: {{3}}\n\n"
            "يفتح الزر صفحة الدفع الآمنة. لا نطلب أبدًا رقم البطاقة في هذه المحادثة.",
            "فتح صفحة الدفع",
        ),
    },
    STOP,
)

REGISTER_REQUEST = Entry(
    "ordo_register_request",
    (MERCHANT, WHAT),
    {
        "en": Wording(
            "Hello, this is {{1}}. We would like to save your card for later payments.\n\nFor: {{2}}\n\n"
            "Nothing is taken now. The button opens the secure page where you enter the card and give your consent. "
            "We never ask for a card number in this chat.",
            "Save my card",
        ),
        "fr": Wording(
            "Bonjour, ici {{1}}. Nous vous proposons d’enregistrer votre carte pour de prochains paiements.\n\n"
            "Objet\u00a0: {{2}}\n\nRien n’est débité maintenant. Le bouton ouvre la page sécurisée où vous saisissez la "
            "carte et donnez votre accord. Nous ne demandons jamais de numéro de carte dans cette conversation.",
            "Enregistrer ma carte",
        ),
        "es": Wording(
            "Hola, le escribe {{1}}. Le proponemos guardar su tarjeta para próximos pagos.\n\nConcepto: {{2}}\n\n"
            "Ahora no se cobra nada. El botón abre la página segura donde usted introduce la tarjeta y da su "
            "consentimiento. Nunca pedimos un número de tarjeta en este chat.",
            "Guardar mi tarjeta",
        ),
        "ar": Wording(
            "مرحبًا، معك {{1}}. نقترح عليك حفظ بطاقتك للمدفوعات القادمة.\n\nالغرض: {{2}}\n\n"
            "لن يُخصم أي مبلغ الآن. يفتح الزر الصفحة الآمنة حيث تُدخل بيانات البطاقة وتعطي موافقتك. "
            "لا نطلب أبدًا رقم البطاقة في هذه المحادثة.",
            "حفظ بطاقتي",
        ),
    },
    STOP,
)

REMINDER = Entry(
    "ordo_reminder",
    (MERCHANT, ORDERED, UNTIL),
    {
        "en": Wording(
            "Hello, this is {{1}}. A short reminder: our request still waits for you.\n\nRequest: {{2}}\n"
            "The link works until: {{3}}\n\nThe button opens the secure page. If something on it does not work, please tell "
            "the shop. We never ask for a card number in this chat.",
            "Open the page",
        ),
        "fr": Wording(
            "Bonjour, ici {{1}}. Un petit rappel\u00a0: notre demande vous attend toujours.\n\nDemande\u00a0: {{2}}\n"
            "Le lien fonctionne jusqu’au\u00a0: {{3}}\n\nLe bouton ouvre la page sécurisée. Si quelque chose n’y fonctionne "
            "pas, prévenez le commerçant. Nous ne demandons jamais de numéro de carte dans cette conversation.",
            "Ouvrir la page",
        ),
        "es": Wording(
            "Hola, le escribe {{1}}. Un breve recordatorio: nuestra solicitud le sigue esperando.\n\nSolicitud: {{2}}\n"
            "El enlace funciona hasta: {{3}}\n\nEl botón abre la página segura. Si algo no funciona en ella, avise al "
            "comercio. Nunca pedimos un número de tarjeta en este chat.",
            "Abrir la página",
        ),
        "ar": Wording(
            "مرحبًا، معك {{1}}. تذكير قصير: لا يزال طلبنا في انتظارك.\n\nالطلب: {{2}}\nالرابط صالح حتى: {{3}}\n\n"
            "يفتح الزر الصفحة الآمنة. إذا لم يعمل شيء فيها، يُرجى إبلاغ المتجر. "
            "لا نطلب أبدًا رقم البطاقة في هذه المحادثة.",
            "فتح الصفحة",
        ),
    },
    STOP,
)

RECEIPT = Entry(
    "ordo_receipt",
    (MERCHANT, AMOUNT, CARD, REFERENCE),
    {
        "en": Wording(
            "Thank you. {{1}} has received your payment.\n\nAmount: {{2}}\nCard: {{3}}\nReference: {{4}}\n\n"
            "The button opens your receipt.",
            "See receipt",
        ),
        "fr": Wording(
            "Merci. {{1}} a bien reçu votre paiement.\n\nMontant\u00a0: {{2}}\nCarte\u00a0: {{3}}\nRéférence\u00a0: {{4}}\n\n"
            "Le bouton ouvre votre reçu.",
            "Voir le reçu",
        ),
        "es": Wording(
            "Gracias. {{1}} ha recibido su pago.\n\nImporte: {{2}}\nTarjeta: {{3}}\nReferencia: {{4}}\n\n"
            "El botón abre su recibo.",
            "Ver el recibo",
        ),
        "ar": Wording(
            "شكرًا لك. وصلت دفعتك إلى {{1}} بنجاح.\n\nالمبلغ: {{2}}\nالبطاقة: {{3}}\nالمرجع: {{4}}\n\nيفتح الزر إيصالك.",
            "عرض الإيصال",
        ),
    },
    STOP,
)

CHARGE_RECEIPT = Entry(
    "ordo_charge_receipt",
    (MERCHANT, AMOUNT, CARD, REFERENCE),
    {
        "en": Wording(
            "Hello. {{1}} has charged the card that you saved, as you agreed.\n\nAmount: {{2}}\nCard: {{3}}\n"
            "Reference: {{4}}\n\nThe button opens your receipt. For a question, or to have the card removed, contact the "
            "shop.",
            "See receipt",
        ),
        "fr": Wording(
            "Bonjour. {{1}} a débité la carte que vous avez enregistrée, comme vous l’avez accepté.\n\n"
            "Montant\u00a0: {{2}}\nCarte\u00a0: {{3}}\nRéférence\u00a0: {{4}}\n\nLe bouton ouvre votre reçu. Pour toute "
            "question ou pour faire supprimer la carte, contactez le commerçant.",
            "Voir le reçu",
        ),
        "es": Wording(
            "Hola. {{1}} ha cobrado en la tarjeta que usted guardó, según lo acordado.\n\nImporte: {{2}}\n"
            "Tarjeta: {{3}}\nReferencia: {{4}}\n\nEl botón abre su recibo. Si tiene preguntas o quiere que se elimine "
            "la tarjeta, contacte con el comercio.",
            "Ver el recibo",
        ),
        "ar": Wording(
            "مرحبًا. خصم {{1}} المبلغ من البطاقة التي حفظتها، وفق موافقتك.\n\nالمبلغ: {{2}}\nالبطاقة: {{3}}\n"
            "المرجع: {{4}}\n\nيفتح الزر إيصالك. لأي سؤال أو لحذف البطاقة، يُرجى التواصل مع المتجر.",
            "عرض الإيصال",
        ),
    },
    STOP,
)

CARD_SAVED = Entry(
    "ordo_card_saved",
    (MERCHANT, CARD, AGREED, VERSION, AGREEMENT),
    {
        "en": Wording(
            "Hello. {{1}} has saved your card for your next payments, as you agreed.\n\nCard: {{2}}\nAgreed: {{3}}\n"
            "Wording {{4}}: {{5}}\n\nThe button opens the page where you can remove the card at any time.",
            "See or remove",
        ),
        "fr": Wording(
            "Bonjour. {{1}} a enregistré votre carte pour vos prochains paiements, comme vous l’avez accepté.\n\n"
            "Carte\u00a0: {{2}}\nAccord donné\u00a0: {{3}}\nTexte {{4}}\u00a0: {{5}}\n\n"
            "Le bouton ouvre la page où vous pouvez supprimer la carte à tout moment.",
            "Voir ou supprimer",
        ),
        "es": Wording(
            "Hola. {{1}} ha guardado su tarjeta para sus próximos pagos, según lo acordado.\n\nTarjeta: {{2}}\n"
            "Aceptado: {{3}}\nTexto {{4}}: {{5}}\n\n"
            "El botón abre la página donde puede eliminar la tarjeta en cualquier momento.",
            "Ver o eliminar",
        ),
        "ar": Wording(
            "مرحبًا. حفظ {{1}} بطاقتك لمدفوعاتك القادمة وفق موافقتك.\n\nالبطاقة: {{2}}\nتاريخ الموافقة: {{3}}\n"
            "النص {{4}}: {{5}}\n\nيفتح الزر الصفحة التي يمكنك فيها حذف البطاقة في أي وقت.",
            "عرض أو حذف",
        ),
    },
    STOP,
)

MERCHANT_NOTICE = Entry(
    "ordo_merchant_notice",
    (MERCHANT, NEWS),
    {
        "en": Wording(
            "News of a payment order of {{1}}:\n\n{{2}}\n\n"
            "Reply to this message with STATUS to see where it stands, or write HELP to see what you can write here."
        ),
        "fr": Wording(
            "Des nouvelles d’un ordre de paiement de {{1}}\u00a0:\n\n{{2}}\n\n"
            "Répondez à ce message par STATUT pour savoir où il en est, ou écrivez AIDE pour voir ce que vous pouvez "
            "écrire ici."
        ),
        "es": Wording(
            "Novedades de una orden de pago de {{1}}:\n\n{{2}}\n\n"
            "Responda a este mensaje con ESTADO para saber cómo va, o escriba AYUDA para ver qué puede escribir aquí."
        ),
        "ar": Wording(
            "مستجدات بشأن طلب دفع لدى {{1}}:\n\n{{2}}\n\n"
            "يُرجى الرد على هذه الرسالة بكلمة STATUS لمعرفة حالته، أو كتابة HELP لمعرفة ما يمكنك كتابته هنا."
        ),
    },
    {},
)

CATALOGUE = (PAYMENT_REQUEST, REGISTER_REQUEST, REMINDER, RECEIPT, CHARGE_RECEIPT, CARD_SAVED, MERCHANT_NOTICE)


def request(language: str, *, merchant: str, amount: str | None, what: str, token: str) -> Template:
    """To the buyer: the link. Without an amount, a card is to be saved and nothing is taken."""
    if amount is None:
        return REGISTER_REQUEST.filled(language, (merchant, what), token)
    return PAYMENT_REQUEST.filled(language, (merchant, amount, what), token)


def reminder(language: str, *, merchant: str, what: str, until: str, token: str) -> Template:
    """To the buyer: the link is still there, and until when."""
    return REMINDER.filled(language, (merchant, what, until), token)


def receipt(  # what a receipt says
    language: str, *, merchant: str, amount: str, card: str, reference: str, token: str, unattended: bool
) -> Template:
    """To the buyer: paid, or charged without the buyer (`unattended`). The button opens the order's page, its receipt then."""
    entry = CHARGE_RECEIPT if unattended else RECEIPT
    return entry.filled(language, (merchant, amount, card, reference), token)


def consent(  # what a consent says
    language: str, *, merchant: str, card: str, agreed: str, version: str, wording: str, token: str
) -> Template:
    """To the buyer: a card is saved, and what was agreed to. The button opens the order's page, where it can be removed."""
    return CARD_SAVED.filled(language, (merchant, card, agreed, version, wording), token)


def notice(language: str, *, merchant: str, text: str) -> Template:
    """To an operator who has not written for a day: any news of an order, on one line of up to 700 characters."""
    return MERCHANT_NOTICE.filled(language, (merchant, text))


def best_language(wanted: str, available: Collection[str]) -> str:
    """The wanted language among those there are: itself, its base (`fr_CA` → `fr`), English, or the first by name."""
    for language in (wanted, wanted.replace("-", "_").split("_", maxsplit=1)[0].lower(), "en"):
        if language in available:
            return language
    return min(available)


def definitions(base_url: str) -> list[dict[str, Any]]:
    """Every template in every language, as `POST /<business account>/message_templates` takes it.

    `base_url` is our public address: it is part of what Meta approves, only the link's token is a variable.
    """
    return [
        _definition(entry, language, wording, base_url)
        for entry in CATALOGUE
        for language, wording in entry.wordings.items()
    ]


def missing(account: Sequence[Mapping[str, Any]], base_url: str) -> list[dict[str, Any]]:
    """The definitions that the business account has under no such name and language: those to submit."""
    there = {(template.get("name"), template.get("language")) for template in account}
    return [each for each in definitions(base_url) if (each["name"], each["language"]) not in there]


def differences(account: Sequence[Mapping[str, Any]], base_url: str) -> list[str]:
    """What keeps our templates from being sent by this account, a sentence each with what to do; empty: all is well."""
    there = {(template.get("name"), template.get("language")): template for template in account}
    return [
        f"Template {ours['name']} ({ours['language']}) {problem}"
        for ours in definitions(base_url)
        for problem in _problems(ours, there.get((ours["name"], ours["language"])))
    ]


def _problems(ours: Mapping[str, Any], theirs: Mapping[str, Any] | None) -> Iterator[str]:
    if theirs is None:
        yield "is not on the WhatsApp account: run `flask templates submit`."
        return
    match theirs.get("status"):
        case "APPROVED":
            pass
        case "PENDING" | "IN_APPEAL":
            yield "waits for Meta's review, which takes up to a day."
        case status:
            reason = theirs.get("rejected_reason")
            why = f" ({reason})" if reason and reason != "NONE" else ""
            yield f"has the status {status}{why}, so Meta does not send it: see WhatsApp Manager, Message templates."
    if theirs.get("category") != CATEGORY:
        yield (
            f"was put into the category {theirs.get('category')}, which costs more and is not always delivered: "
            "ask for a review in WhatsApp Manager."
        )
    given, wanted = _gist(theirs), _gist(ours)
    for part in wanted | given:
        if given.get(part) != wanted.get(part):
            yield f"has another {part} than this release: edit it in WhatsApp Manager to read {wanted.get(part)!r}."


def _gist(template: Mapping[str, Any]) -> dict[str, str]:
    """What a person reads and where the button leads, by part."""
    gist: dict[str, str] = {}
    for component in template.get("components") or []:
        kind = str(component.get("type")).lower()
        if kind == "buttons":
            for button in component.get("buttons") or []:
                gist["button's label"] = str(button.get("text"))
                gist["button's address"] = str(button.get("url"))
        else:
            gist[kind] = str(component.get("text"))
    return gist


def _definition(entry: Entry, language: str, wording: Wording, base_url: str) -> dict[str, Any]:
    examples = [blank.example for blank in entry.blanks]
    components: list[dict[str, Any]] = [{"type": "BODY", "text": wording.body, "example": {"body_text": [examples]}}]
    if language in entry.footers:
        components.append({"type": "FOOTER", "text": entry.footers[language]})
    if wording.label is not None:
        page = f"{base_url.rstrip('/')}/p/"
        button = {"type": "URL", "text": wording.label, "url": page + "{{1}}", "example": [page + "example"]}
        components.append({"type": "BUTTONS", "buttons": [button]})
    return {"name": entry.name, "language": language, "category": CATEGORY, "components": components}
