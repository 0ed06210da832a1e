"""What templates say in English."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Hello, this is {{1}}. Here is your payment request.\n\nAmount: {{2}}\nFor: {{3}}\n\n"
        "The button opens the secure payment page. We never ask for a card number in this chat.",
        "Open payment page",
    ),
    terms_request=Wording(
        "Hello, this is {{1}}. Here is your payment request.\n\nAmount: {{2}}\nFor: {{3}}\nPlease note: {{4}}\n\n"
        "The button opens the secure payment page. We never ask for a card number in this chat.",
        "Open payment page",
    ),
    register_request=Wording(
        "Hello, this is {{1}}. We would like to save your card for later payments.\n\nFor: {{2}}\n\n"
        "Nothing is taken now. The button opens the secure page where you enter the card and give your consent. "
        "We never ask for a card number in this chat.",
        "Save my card",
    ),
    reminder=Wording(
        "Hello, this is {{1}}. A short reminder: our request still waits for you.\n\nRequest: {{2}}\n"
        "The link works until: {{3}}\n\nThe button opens the secure page. If something on it does not work, please tell "
        "the shop. We never ask for a card number in this chat.",
        "Open the page",
    ),
    receipt=Wording(
        "Thank you. {{1}} has received your payment.\n\nAmount: {{2}}\nCard: {{3}}\nReference: {{4}}\n\n"
        "The button opens your receipt.",
        "See receipt",
    ),
    charge_receipt=Wording(
        "Hello. {{1}} has charged the card that you saved, as you agreed.\n\nAmount: {{2}}\nCard: {{3}}\n"
        "Reference: {{4}}\n\nThe button opens your receipt. For a question, or to have the card removed, contact the "
        "shop.",
        "See receipt",
    ),
    card_saved=Wording(
        "Hello. {{1}} has saved your card for your next payments, as you agreed.\n\nCard: {{2}}\nAgreed: {{3}}\n"
        "Wording {{4}}: {{5}}\n\nThe button opens the page where you can remove the card at any time.",
        "See or remove",
    ),
    saving_receipt=Wording(
        "Thank you. {{1}} has received your payment and saved your card for your next payments, as you "
        "agreed.\n\nAmount: {{2}}\nCard: {{3}}\nReference: {{4}}\nAgreed: {{5}}\nWording {{6}}: {{7}}\n\n"
        "The button opens your receipt, where you can remove the card at any time.",
        "See receipt",
    ),
    order_update=Wording(
        "Hello, this is {{1}}. There is news of your payment.\n\n{{2}}\n\nRequest: {{3}}\n\n"
        "The button opens its page. For a question, contact the shop.",
        "Open the page",
    ),
    merchant_notice=Wording(
        "News of a payment order of {{1}}:\n\n{{2}}\n\n"
        "Reply to this message with STATUS to see where it stands, or write HELP to see what you can write here."
    ),
    stop="Write STOP to get no more messages.",
)
