"""What templates say in Turkish."""

from __future__ import annotations

from webapp.whatsapp.wordings.words import Wording, Words

WORDS = Words(
    payment_request=Wording(
        "Merhaba, {{1}} mağazasından yazıyoruz. Ödeme isteğiniz aşağıdadır.\n\n"
        "Tutar: {{2}}\nAçıklama: {{3}}\n\nDüğme güvenli ödeme sayfasını açar. "
        "Bu sohbette asla kart numarası istemeyiz.",
        "Ödeme sayfasını aç",
    ),
    terms_request=Wording(
        "Merhaba, {{1}} mağazasından yazıyoruz. Ödeme isteğiniz aşağıdadır.\n\n"
        "Tutar: {{2}}\nAçıklama: {{3}}\nLütfen dikkat: {{4}}\n\n"
        "Düğme güvenli ödeme sayfasını açar. Bu sohbette asla kart numarası istemeyiz.",
        "Ödeme sayfasını aç",
    ),
    register_request=Wording(
        "Merhaba, {{1}} mağazasından yazıyoruz. Kartınızı sonraki ödemeler için kaydetmek istiyoruz.\n\n"
        "Açıklama: {{2}}\n\nŞimdi hiçbir tutar çekilmez. "
        "Düğme, kartınızı girip rızanızı verdiğiniz güvenli sayfayı açar. "
        "Bu sohbette asla kart numarası istemeyiz.",
        "Kartımı kaydet",
    ),
    reminder=Wording(
        "Merhaba, {{1}} mağazasından yazıyoruz. Kısa bir hatırlatma: isteğimiz hâlâ sizi bekliyor.\n\n"
        "İstek: {{2}}\nBağlantının son geçerlilik tarihi: {{3}}\n\nDüğme güvenli sayfayı açar. "
        "Sayfada bir şey çalışmıyorsa lütfen mağazaya bildirin. Bu sohbette asla kart numarası istemeyiz.",
        "Sayfayı aç",
    ),
    receipt=Wording(
        "Teşekkür ederiz. {{1}} ödemenizi aldı.\n\nTutar: {{2}}\nKart: {{3}}\nReferans: {{4}}\n\n"
        "Düğme ödeme belgenizi açar.",
        "Ödeme belgesini gör",
    ),
    charge_receipt=Wording(
        "Merhaba. {{1}}, verdiğiniz rızaya uygun olarak kayıtlı kartınızdan çekim yaptı.\n\n"
        "Tutar: {{2}}\nKart: {{3}}\nReferans: {{4}}\n\nDüğme ödeme belgenizi açar. "
        "Sorularınız için veya kartın silinmesi için mağazaya başvurun.",
        "Ödeme belgesini gör",
    ),
    card_saved=Wording(
        "Merhaba. {{1}}, verdiğiniz rızaya uygun olarak kartınızı sonraki ödemeleriniz için kaydetti.\n\n"
        "Kart: {{2}}\nRıza tarihi: {{3}}\nMetin {{4}}: {{5}}\n\nDüğme, kartı her zaman silebileceğiniz sayfayı açar.",
        "Gör veya sil",
    ),
    saving_receipt=Wording(
        "Teşekkür ederiz. {{1}} ödemenizi aldı ve verdiğiniz rızaya uygun olarak kartınızı sonraki ödemeleriniz "
        "için kaydetti.\n\nTutar: {{2}}\nKart: {{3}}\nReferans: {{4}}\nRıza tarihi: {{5}}\nMetin {{6}}: {{7}}\n\n"
        "Düğme, kartı her zaman silebileceğiniz ödeme belgenizi açar.",
        "Ödeme belgesini gör",
    ),
    order_update=Wording(
        "Merhaba, {{1}} mağazasından yazıyoruz. Ödemenizle ilgili bir haber var.\n\n{{2}}\n\nİstek: {{3}}\n\n"
        "Düğme sayfayı açar. Sorularınız için mağazaya başvurun.",
        "Sayfayı aç",
    ),
    merchant_notice=Wording(
        "Bir ödeme talimatına ilişkin haber, mağaza: {{1}}.\n\n{{2}}\n\n"
        "Son durumu görmek için bu mesajı STATUS yazarak yanıtlayın veya burada neler yazabileceğinizi görmek için HELP yazın."
    ),
    stop="Artık mesaj almamak için STOP yazın.",
)
