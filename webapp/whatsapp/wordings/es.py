"""What templates say in Spanish."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Hola, le escribe {{1}}. Esta es su solicitud de pago.\n\nImporte: {{2}}\nConcepto: {{3}}\n\n"
        "El botón abre la página de pago segura. Nunca pedimos un número de tarjeta en este chat.",
        "Ir a pagar",
    ),
    terms_request=Wording(
        "Hola, le escribe {{1}}. Esta es su solicitud de pago.\n\n"
        "Importe: {{2}}\nConcepto: {{3}}\nTenga en cuenta: {{4}}\n\n"
        "El botón abre la página de pago segura. Nunca pedimos un número de tarjeta en este chat.",
        "Ir a pagar",
    ),
    register_request=Wording(
        "Hola, le escribe {{1}}. Le proponemos guardar su tarjeta para próximos pagos.\n\nConcepto: {{2}}\n\n"
        "Ahora no se cobra nada. El botón abre la página segura donde usted introduce la tarjeta y da su "
        "consentimiento. Nunca pedimos un número de tarjeta en este chat.",
        "Guardar mi tarjeta",
    ),
    reminder=Wording(
        "Hola, le escribe {{1}}. Un breve recordatorio: nuestra solicitud le sigue esperando.\n\nSolicitud: {{2}}\n"
        "El enlace funciona hasta: {{3}}\n\nEl botón abre la página segura. Si algo no funciona en ella, avise al "
        "comercio. Nunca pedimos un número de tarjeta en este chat.",
        "Abrir la página",
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
    card_saved=Wording(
        "Hola. {{1}} ha guardado su tarjeta para sus próximos pagos, según lo acordado.\n\nTarjeta: {{2}}\n"
        "Aceptado: {{3}}\nTexto {{4}}: {{5}}\n\n"
        "El botón abre la página donde puede eliminar la tarjeta en cualquier momento.",
        "Ver o eliminar",
    ),
    saving_receipt=Wording(
        "Gracias. {{1}} ha recibido su pago y ha guardado su tarjeta para sus próximos pagos, según lo "
        "acordado.\n\nImporte: {{2}}\nTarjeta: {{3}}\nReferencia: {{4}}\nAceptado: {{5}}\nTexto {{6}}: {{7}}\n\n"
        "El botón abre su recibo, donde puede eliminar la tarjeta en cualquier momento.",
        "Ver el recibo",
    ),
    order_update=Wording(
        "Hola, le escribe {{1}}. Hay novedades sobre su pago.\n\n{{2}}\n\nSolicitud: {{3}}\n\n"
        "El botón abre la página. Si tiene preguntas, contacte con el comercio.",
        "Abrir la página",
    ),
    merchant_notice=Wording(
        "Novedades de una orden de pago de {{1}}:\n\n{{2}}\n\n"
        "Responda a este mensaje con ESTADO para saber cómo va, o escriba AYUDA para ver qué puede escribir aquí."
    ),
    stop="Escriba STOP para no recibir más mensajes.",
)
