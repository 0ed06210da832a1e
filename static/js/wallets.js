// Apple Pay and Google Pay above the card (Stripe's Express Checkout Element). pay.js tells when the gateway is there, and sends what a
// wallet gives as it sends the card.
(() => {
  "use strict";
  const place = document.getElementById("wallets");
  // Apps with a browser of their own, in which wallets fail: by name; any web view of Android ("; wv)"); any of iOS, which is not
  // "Safari/". WhatsApp opens the phone's browser.
  const APPS = /; wv\)|FBA[NV]|Instagram|\bLine\/|MicroMessenger|TikTok|Bytedance|Snapchat|iP(hone|ad|od)(?!.*Safari\/)/;

  function show(what) {
    place.dataset.shows = what;
    document.querySelector(".trust > [hidden]").hidden = false;
  }

  function offer({ detail: { stripe, options, save, tell, send, say, isBusy } }) {
    const group = stripe.elements(options); // its own: its `submit` never asks the card fields
    let told;
    if (save) save.addEventListener("change", () => { told = tell(group); });
    if (save && save.checked) told = tell(group);
    const wallet = group.create("expressCheckout", {
      buttonHeight: 48,
      buttonType: { applePay: "plain", googlePay: "plain" },
      layout: { maxColumns: 2, maxRows: 1, overflow: "never" },
      paymentMethods: { amazonPay: "never", klarna: "never", link: "never", paypal: "never" },
    });
    wallet.on("ready", ({ availablePaymentMethods }) => {
      if (availablePaymentMethods) show("buttons");
      else wallet.destroy();
    });
    wallet.on("click", ({ resolve, reject }) => {
      if (isBusy()) return reject();
      say(navigator.onLine ? undefined : "offline");
      (navigator.onLine ? resolve : reject)();
    });
    wallet.on("confirm", async ({ paymentFailed }) => {
      if (isBusy() || !(await send(group, told))) paymentFailed({ reason: "fail" });
    });
    wallet.mount("#wallet-frame");
  }

  if (!APPS.test(navigator.userAgent)) return document.addEventListener("gateway", offer, { once: true });
  show("outside");
  const script = document.createElement("script");
  script.src = place.dataset.outside;
  document.head.append(script);
})();
