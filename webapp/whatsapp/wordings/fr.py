"""What templates say in French."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Bonjour, ici {{1}}. Voici votre demande de paiement.\n\nMontant\u00a0: {{2}}\nObjet\u00a0: {{3}}\n\n"
        "Le bouton ouvre la page de paiement sécurisée. "
        "Nous ne demandons jamais de numéro de carte dans cette conversation.",
        "Aller au paiement",
    ),
    terms_request=Wording(
        "Bonjour, ici {{1}}. Voici votre demande de paiement.\n\n"
        "Montant\u00a0: {{2}}\nObjet\u00a0: {{3}}\nÀ noter\u00a0: {{4}}\n\n"
        "Le bouton ouvre la page de paiement sécurisée. Nous ne demandons jamais de numéro de carte dans cette "
        "conversation.",
        "Aller au paiement",
    ),
    register_request=Wording(
        "Bonjour, ici {{1}}. Nous vous proposons d’enregistrer votre carte pour de prochains paiements.\n\n"
        "Objet\u00a0: {{2}}\n\nRien n’est débité maintenant. Le bouton ouvre la page sécurisée où vous saisissez la "
        "carte et donnez votre accord. Nous ne demandons jamais de numéro de carte dans cette conversation.",
        "Enregistrer ma carte",
    ),
    reminder=Wording(
        "Bonjour, ici {{1}}. Un petit rappel\u00a0: notre demande vous attend toujours.\n\nDemande\u00a0: {{2}}\n"
        "Le lien fonctionne jusqu’au\u00a0: {{3}}\n\nLe bouton ouvre la page sécurisée. Si quelque chose n’y fonctionne "
        "pas, prévenez le commerçant. Nous ne demandons jamais de numéro de carte dans cette conversation.",
        "Ouvrir la page",
    ),
    receipt=Wording(
        "Merci. {{1}} a bien reçu votre paiement.\n\nMontant\u00a0: {{2}}\nCarte\u00a0: {{3}}\nRéférence\u00a0: {{4}}\n\n"
        "Le bouton ouvre votre reçu.",
        "Voir le reçu",
    ),
    charge_receipt=Wording(
        "Bonjour. {{1}} a débité la carte que vous avez enregistrée, comme vous l’avez accepté.\n\n"
        "Montant\u00a0: {{2}}\nCarte\u00a0: {{3}}\nRéférence\u00a0: {{4}}\n\nLe bouton ouvre votre reçu. Pour toute "
        "question ou pour faire supprimer la carte, contactez le commerçant.",
        "Voir le reçu",
    ),
    card_saved=Wording(
        "Bonjour. {{1}} a enregistré votre carte pour vos prochains paiements, comme vous l’avez accepté.\n\n"
        "Carte\u00a0: {{2}}\nAccord donné\u00a0: {{3}}\nTexte {{4}}\u00a0: {{5}}\n\n"
        "Le bouton ouvre la page où vous pouvez supprimer la carte à tout moment.",
        "Voir ou supprimer",
    ),
    saving_receipt=Wording(
        "Merci. {{1}} a bien reçu votre paiement et a enregistré votre carte pour vos prochains paiements, comme "
        "vous l’avez accepté.\n\nMontant\u00a0: {{2}}\nCarte\u00a0: {{3}}\nRéférence\u00a0: {{4}}\nAccord "
        "donné\u00a0: {{5}}\nTexte {{6}}\u00a0: {{7}}\n\n"
        "Le bouton ouvre votre reçu, où vous pouvez supprimer la carte à tout moment.",
        "Voir le reçu",
    ),
    order_update=Wording(
        "Bonjour, ici {{1}}. Il y a du nouveau concernant votre paiement.\n\n{{2}}\n\nDemande\u00a0: {{3}}\n\n"
        "Le bouton ouvre la page. Pour toute question, contactez le commerçant.",
        "Ouvrir la page",
    ),
    merchant_notice=Wording(
        "Des nouvelles d’un ordre de paiement de {{1}}\u00a0:\n\n{{2}}\n\n"
        "Répondez à ce message par STATUT pour savoir où il en est, ou écrivez AIDE pour voir ce que vous pouvez "
        "écrire ici."
    ),
    stop="Écrivez STOP pour ne plus recevoir de messages.",
)
