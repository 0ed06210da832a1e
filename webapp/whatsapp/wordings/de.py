"""What templates say in German."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Guten Tag, hier ist {{1}}. Das ist Ihre Zahlungsanfrage.\n\nBetrag: {{2}}\nFür: {{3}}\n\n"
        "Die Schaltfläche öffnet die sichere Zahlungsseite. "
        "Wir fragen in diesem Chat nie nach einer Kartennummer.",
        "Zur Zahlungsseite",
    ),
    terms_request=Wording(
        "Guten Tag, hier ist {{1}}. Das ist Ihre Zahlungsanfrage.\n\n"
        "Betrag: {{2}}\nFür: {{3}}\nBitte beachten Sie: {{4}}\n\n"
        "Die Schaltfläche öffnet die sichere Zahlungsseite. Wir fragen in diesem Chat nie nach einer "
        "Kartennummer.",
        "Zur Zahlungsseite",
    ),
    register_request=Wording(
        "Guten Tag, hier ist {{1}}. Wir möchten Ihre Karte gern für spätere Zahlungen speichern.\n\n"
        "Für: {{2}}\n\nJetzt wird nichts abgebucht. "
        "Die Schaltfläche öffnet die sichere Seite, auf der Sie die Karte eingeben und Ihre Einwilligung geben. "
        "Wir fragen in diesem Chat nie nach einer Kartennummer.",
        "Karte speichern",
    ),
    reminder=Wording(
        "Guten Tag, hier ist {{1}}. Eine kurze Erinnerung: Unsere Anfrage wartet noch auf Sie.\n\n"
        "Anfrage: {{2}}\nDer Link funktioniert bis: {{3}}\n\nDie Schaltfläche öffnet die sichere Seite. "
        "Wenn dort etwas nicht funktioniert, sagen Sie bitte dem Händler Bescheid. "
        "Wir fragen in diesem Chat nie nach einer Kartennummer.",
        "Seite öffnen",
    ),
    receipt=Wording(
        "Vielen Dank. {{1}} hat Ihre Zahlung erhalten.\n\nBetrag: {{2}}\nKarte: {{3}}\nReferenz: {{4}}\n\n"
        "Die Schaltfläche öffnet Ihren Beleg.",
        "Beleg ansehen",
    ),
    charge_receipt=Wording(
        "Guten Tag. {{1}} hat die von Ihnen gespeicherte Karte belastet, wie Sie es erlaubt haben.\n\n"
        "Betrag: {{2}}\nKarte: {{3}}\nReferenz: {{4}}\n\nDie Schaltfläche öffnet Ihren Beleg. "
        "Bei Fragen, oder wenn die Karte entfernt werden soll, wenden Sie sich an den Händler.",
        "Beleg ansehen",
    ),
    card_saved=Wording(
        "Guten Tag. {{1}} hat Ihre Karte für Ihre nächsten Zahlungen gespeichert, wie Sie es erlaubt haben.\n\n"
        "Karte: {{2}}\nZugestimmt: {{3}}\nWortlaut {{4}}: {{5}}\n\n"
        "Die Schaltfläche öffnet die Seite, auf der Sie die Karte jederzeit entfernen können.",
        "Ansehen, entfernen",
    ),
    saving_receipt=Wording(
        "Vielen Dank. {{1}} hat Ihre Zahlung erhalten und Ihre Karte für Ihre nächsten Zahlungen gespeichert, "
        "wie Sie es erlaubt haben.\n\nBetrag: {{2}}\nKarte: {{3}}\nReferenz: {{4}}\nZugestimmt: {{5}}\nWortlaut "
        "{{6}}: {{7}}\n\nDie Schaltfläche öffnet Ihren Beleg, auf dem Sie die Karte jederzeit entfernen können.",
        "Beleg ansehen",
    ),
    order_update=Wording(
        "Guten Tag, hier ist {{1}}. Es gibt Neues zu Ihrer Zahlung.\n\n{{2}}\n\nAnfrage: {{3}}\n\n"
        "Die Schaltfläche öffnet die Seite. Bei Fragen wenden Sie sich an den Händler.",
        "Seite öffnen",
    ),
    merchant_notice=Wording(
        "Neuigkeiten zu einem Zahlungsauftrag von {{1}}:\n\n{{2}}\n\n"
        "Antworten Sie auf diese Nachricht mit STATUS, um den Stand zu sehen, oder schreiben Sie HELP, um zu sehen, was Sie hier schreiben können."
    ),
    stop="Schreiben Sie STOP, um keine Nachrichten mehr zu erhalten.",
)
