"""What templates say in Portuguese."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Olá, mensagem de {{1}}. Este é o seu pedido de pagamento.\n\nValor: {{2}}\nDescrição: {{3}}\n\n"
        "O botão abre a página de pagamento segura. Nunca pedimos um número de cartão nesta conversa.",
        "Ir para o pagamento",
    ),
    terms_request=Wording(
        "Olá, mensagem de {{1}}. Este é o seu pedido de pagamento.\n\n"
        "Valor: {{2}}\nDescrição: {{3}}\nObservação: {{4}}\n\n"
        "O botão abre a página de pagamento segura. Nunca pedimos um número de cartão nesta conversa.",
        "Ir para o pagamento",
    ),
    register_request=Wording(
        "Olá, mensagem de {{1}}. Propomos guardar o seu cartão para próximos pagamentos.\n\nDescrição: {{2}}\n\n"
        "Agora nada é cobrado. "
        "O botão abre a página segura onde introduz o cartão e dá o seu consentimento. "
        "Nunca pedimos um número de cartão nesta conversa.",
        "Guardar o meu cartão",
    ),
    reminder=Wording(
        "Olá, mensagem de {{1}}. Um breve lembrete: o nosso pedido continua à sua espera.\n\n"
        "Pedido: {{2}}\nO link funciona até: {{3}}\n\nO botão abre a página segura. "
        "Se algo não funcionar, avise a loja, por favor. Nunca pedimos um número de cartão nesta conversa.",
        "Abrir a página",
    ),
    receipt=Wording(
        "Agradecemos. {{1}} recebeu o seu pagamento.\n\nValor: {{2}}\nCartão: {{3}}\nReferência: {{4}}\n\n"
        "O botão abre o seu recibo.",
        "Ver o recibo",
    ),
    charge_receipt=Wording(
        "Olá. {{1}} fez uma cobrança no seu cartão guardado, conforme o seu consentimento.\n\n"
        "Valor: {{2}}\nCartão: {{3}}\nReferência: {{4}}\n\nO botão abre o seu recibo. "
        "Se tiver dúvidas ou quiser que o cartão seja removido, fale com a loja.",
        "Ver o recibo",
    ),
    card_saved=Wording(
        "Olá. {{1}} guardou o seu cartão para os seus próximos pagamentos, conforme o seu consentimento.\n\n"
        "Cartão: {{2}}\nAceite em: {{3}}\nTexto {{4}}: {{5}}\n\n"
        "O botão abre a página onde pode remover o cartão a qualquer momento.",
        "Ver ou remover",
    ),
    saving_receipt=Wording(
        "Agradecemos. {{1}} recebeu o seu pagamento e guardou o seu cartão para os seus próximos pagamentos, "
        "conforme o seu consentimento.\n\nValor: {{2}}\nCartão: {{3}}\nReferência: {{4}}\nAceite em: "
        "{{5}}\nTexto {{6}}: {{7}}\n\nO botão abre o seu recibo, onde pode remover o cartão a qualquer momento.",
        "Ver o recibo",
    ),
    order_update=Wording(
        "Olá, mensagem de {{1}}. Há novidades sobre o seu pagamento.\n\n{{2}}\n\nPedido: {{3}}\n\n"
        "O botão abre a página. Se tiver dúvidas, fale com a loja.",
        "Abrir a página",
    ),
    merchant_notice=Wording(
        "Novidades de uma ordem de pagamento de {{1}}:\n\n{{2}}\n\n"
        "Responda a esta mensagem com STATUS para saber em que ponto está, ou escreva HELP para ver o que pode escrever aqui."
    ),
    stop="Escreva STOP para não receber mais mensagens.",
)
