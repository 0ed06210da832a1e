"""What templates say in Spanish."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Hola, le escribe {{1}}. Esta es su solicitud de pago.\n\nImporte: {{2}}\nConcepto: {{3}}\n\n"
        "El botón abre la página de pago segura. Nunca pedimos un número de tarjeta en este chat.",
        "Ir a pagar",
    ),
    register_request=Wording(
        "Hola, le escribe {{1}}. Le proponemos guardar su tarjeta para próximos pagos.\n\nConcepto: {{2}}\n\n"
        "Ahora no se cobra nada. El botón abre la página segura donde usted introduce la tarjeta y da su "
        "consentimiento. Nunca pedimos un número de tarjeta en este chat.",
        "Guardar mi tarjeta",
    ),
    receipt=Wording(
        "Gracias. {{1}} ha recibido su pago.\n\nImporte: {{2}}\nTarjeta: {{3}}\nReferencia: {{4}}\n\n"
        "El botón abre su recibo.",
        "Ver el recibo",
    ),
    charge_receipt=Wording(
        "Hola. {{1}} ha cobrado en la tarjeta que usted guardó, según lo acordado.\n\nImporte: {{2}}\n"
        "Tarjeta: {{3}}\nReferencia: {{4}}\n\nEl botón abre su recibo. Si tiene preguntas o quiere que se elimine "
        "la tarjeta, contacte con el comercio.",
        "Ver el recibo",
    ),
    merchant_notice=Wording(
        "Novedades de una orden de pago de {{1}}:\n\n{{2}}\n\n"
        "Responda a este mensaje con ESTADO para saber cómo va, o escriba AYUDA para ver qué puede escribir aquí."
    ),
    stop="Escriba STOP para no recibir más mensajes.",
)
