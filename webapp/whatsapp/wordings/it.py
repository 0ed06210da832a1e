"""What templates say in Italian."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Buongiorno, le scrive {{1}}. Ecco la sua richiesta di pagamento.\n\n"
        "Importo: {{2}}\nCausale: {{3}}\n\nIl pulsante apre la pagina di pagamento sicura. "
        "In questa chat non chiediamo mai un numero di carta.",
        "Vai al pagamento",
    ),
    terms_request=Wording(
        "Buongiorno, le scrive {{1}}. Ecco la sua richiesta di pagamento.\n\n"
        "Importo: {{2}}\nCausale: {{3}}\nDa sapere: {{4}}\n\n"
        "Il pulsante apre la pagina di pagamento sicura. In questa chat non chiediamo mai un numero di carta.",
        "Vai al pagamento",
    ),
    register_request=Wording(
        "Buongiorno, le scrive {{1}}. Le proponiamo di salvare la sua carta per i prossimi pagamenti.\n\n"
        "Causale: {{2}}\n\nOra non viene addebitato nulla. "
        "Il pulsante apre la pagina sicura in cui inserisce la carta e dà il suo consenso. "
        "In questa chat non chiediamo mai un numero di carta.",
        "Salva la mia carta",
    ),
    reminder=Wording(
        "Buongiorno, le scrive {{1}}. Un breve promemoria: la nostra richiesta la attende ancora.\n\n"
        "Richiesta: {{2}}\nIl link funziona fino a: {{3}}\n\nIl pulsante apre la pagina sicura. "
        "Se qualcosa non funziona, avvisi il negozio. In questa chat non chiediamo mai un numero di carta.",
        "Apri la pagina",
    ),
    receipt=Wording(
        "Grazie. {{1}} ha ricevuto il suo pagamento.\n\nImporto: {{2}}\nCarta: {{3}}\nRiferimento: {{4}}\n\n"
        "Il pulsante apre la sua ricevuta.",
        "Vedi la ricevuta",
    ),
    charge_receipt=Wording(
        "Buongiorno. "
        "{{1}} ha effettuato un addebito sulla carta che lei ha salvato, come da suo consenso.\n\n"
        "Importo: {{2}}\nCarta: {{3}}\nRiferimento: {{4}}\n\nIl pulsante apre la sua ricevuta. "
        "Per domande o per far rimuovere la carta, contatti il negozio.",
        "Vedi la ricevuta",
    ),
    card_saved=Wording(
        "Buongiorno. {{1}} ha salvato la sua carta per i suoi prossimi pagamenti, come da suo consenso.\n\n"
        "Carta: {{2}}\nConsenso dato: {{3}}\nTesto {{4}}: {{5}}\n\n"
        "Il pulsante apre la pagina in cui può rimuovere la carta in qualsiasi momento.",
        "Vedi o rimuovi",
    ),
    saving_receipt=Wording(
        "Grazie. {{1}} ha ricevuto il suo pagamento e ha salvato la sua carta per i suoi prossimi pagamenti, "
        "come da suo consenso.\n\nImporto: {{2}}\nCarta: {{3}}\nRiferimento: {{4}}\nConsenso dato: {{5}}\nTesto "
        "{{6}}: {{7}}\n\nIl pulsante apre la sua ricevuta, dove può rimuovere la carta in qualsiasi momento.",
        "Vedi la ricevuta",
    ),
    order_update=Wording(
        "Buongiorno, le scrive {{1}}. Ci sono novità sul suo pagamento.\n\n{{2}}\n\nRichiesta: {{3}}\n\n"
        "Il pulsante apre la pagina. Per domande, contatti il negozio.",
        "Apri la pagina",
    ),
    merchant_notice=Wording(
        "Novità su un ordine di pagamento di {{1}}:\n\n{{2}}\n\n"
        "Risponda a questo messaggio con STATUS per sapere a che punto è, oppure scriva HELP per vedere che cosa può scrivere qui."
    ),
    stop="Scriva STOP per non ricevere più messaggi.",
)
