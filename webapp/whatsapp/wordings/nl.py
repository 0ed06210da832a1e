"""What templates say in Dutch."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Hallo, dit is {{1}}. Hierbij uw betaalverzoek.\n\nBedrag: {{2}}\nVoor: {{3}}\n\n"
        "De knop opent de beveiligde betaalpagina. We vragen in deze chat nooit om een kaartnummer.",
        "Naar de betaalpagina",
    ),
    terms_request=Wording(
        "Hallo, dit is {{1}}. Hierbij uw betaalverzoek.\n\nBedrag: {{2}}\nVoor: {{3}}\nLet op: {{4}}\n\n"
        "De knop opent de beveiligde betaalpagina. We vragen in deze chat nooit om een kaartnummer.",
        "Naar de betaalpagina",
    ),
    register_request=Wording(
        "Hallo, dit is {{1}}. We willen uw kaart graag opslaan voor latere betalingen.\n\nVoor: {{2}}\n\n"
        "Er wordt nu niets afgeschreven. "
        "De knop opent de beveiligde pagina waar u de kaart invoert en uw toestemming geeft. "
        "We vragen in deze chat nooit om een kaartnummer.",
        "Mijn kaart opslaan",
    ),
    reminder=Wording(
        "Hallo, dit is {{1}}. Een korte herinnering: ons verzoek wacht nog op u.\n\n"
        "Verzoek: {{2}}\nDe link werkt tot: {{3}}\n\nDe knop opent de beveiligde pagina. "
        "Werkt daar iets niet, laat het de winkel dan weten. We vragen in deze chat nooit om een kaartnummer.",
        "Open de pagina",
    ),
    receipt=Wording(
        "Dank u wel. {{1}} heeft uw betaling ontvangen.\n\nBedrag: {{2}}\nKaart: {{3}}\nReferentie: {{4}}\n\n"
        "De knop opent uw betaalbewijs.",
        "Bekijk betaalbewijs",
    ),
    charge_receipt=Wording(
        "Hallo. {{1}} heeft een bedrag afgeschreven van de door u opgeslagen kaart, zoals u hebt toegestaan.\n\n"
        "Bedrag: {{2}}\nKaart: {{3}}\nReferentie: {{4}}\n\nDe knop opent uw betaalbewijs. "
        "Hebt u een vraag of wilt u de kaart laten verwijderen, neem dan contact op met de winkel.",
        "Bekijk betaalbewijs",
    ),
    card_saved=Wording(
        "Hallo. {{1}} heeft uw kaart opgeslagen voor uw volgende betalingen, zoals u hebt toegestaan.\n\n"
        "Kaart: {{2}}\nAkkoord gegeven: {{3}}\nTekst {{4}}: {{5}}\n\n"
        "De knop opent de pagina waar u de kaart op elk moment kunt verwijderen.",
        "Bekijk of verwijder",
    ),
    saving_receipt=Wording(
        "Dank u wel. {{1}} heeft uw betaling ontvangen en uw kaart opgeslagen voor uw volgende betalingen, zoals "
        "u hebt toegestaan.\n\nBedrag: {{2}}\nKaart: {{3}}\nReferentie: {{4}}\nAkkoord gegeven: {{5}}\nTekst "
        "{{6}}: {{7}}\n\nDe knop opent uw betaalbewijs, waar u de kaart op elk moment kunt verwijderen.",
        "Bekijk betaalbewijs",
    ),
    order_update=Wording(
        "Hallo, dit is {{1}}. Er is nieuws over uw betaling.\n\n{{2}}\n\nVerzoek: {{3}}\n\n"
        "De knop opent de pagina. Hebt u een vraag, neem dan contact op met de winkel.",
        "Open de pagina",
    ),
    merchant_notice=Wording(
        "Nieuws over een betaalopdracht van {{1}}:\n\n{{2}}\n\n"
        "Antwoord op dit bericht met STATUS om te zien hoe het ervoor staat, of schrijf HELP om te zien wat u hier kunt schrijven."
    ),
    stop="Schrijf STOP om geen berichten meer te krijgen.",
)
