// Stripe's part of the buyer's page (README.md): the card, and above it Apple Pay and Google Pay.
(() => {
  "use strict";
  const place = document.getElementById("wallets");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  // Apps whose own browser breaks wallets (README.md).
  const APPS = /; wv\)|FBA[NV]|Instagram|\bLine\/|MicroMessenger|TikTok|Bytedance|Snapchat|iP(hone|ad|od)(?!.*Safari\/)/;
  let page, stripe, card, elements, offered;

  function appearance() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    return {
      theme: dark.matches ? "night" : "stripe",
      variables: {
        colorPrimary: colour("--brand"), colorBackground: colour("--field"), colorText: colour("--ink"),
        colorDanger: colour("--error"), fontFamily: "system-ui, sans-serif", fontSizeBase: "16px", borderRadius: "10px",
      },
    };
  }

  // The evening comes while the page is open.
  dark.addEventListener("change", () => { if (card) elements.update({ appearance: appearance() }); });

  // The token must say what the box says.
  const tell = (group) => page.save && group.update({ setupFutureUsage: page.save.checked ? "off_session" : null });

  // The promise `told` is of what the group was told last.
  async function token(group, told) {
    await told;
    if ((await group.submit()).error) return; // the gateway's frame says which field is wrong
    const { confirmationToken, error } = await stripe.createConfirmationToken({ elements: group });
    if (error) throw error;
    return confirmationToken.id;
  }

  function mount(given) {
    if (!window.Stripe) return;
    page = given;
    const { key, account, elements: fixed } = page.config;
    stripe = stripe || Stripe(key, account ? { stripeAccount: account } : {});
    const box = document.getElementById("card");
    if (!box) page.usable();
    else {
      if (card) card.destroy();
      const options = { ...fixed, appearance: appearance() };
      elements = stripe.elements(options);
      card = elements.create("payment", {
        terms: { card: "never" }, // the consent is asked for by us, once
        wallets: { applePay: "never", googlePay: "never", link: "never" },
      });
      card.on("ready", () => {
        box.classList.add("ready");
        page.usable();
      });
      card.on("loaderror", page.failed);
      card.mount("#card-frame");
      // A frame is much work for a slow phone: one at a time.
      if (!offered && place.dataset.shows === "words") setTimeout(offer, 0, options);
      offered = true;
    }
    return true;
  }

  function show(what) {
    place.dataset.shows = what;
    document.querySelector(".trust > [hidden]").hidden = false;
  }

  function offer(options) {
    const group = stripe.elements(options); // its own: its `submit` never asks the card fields
    const { save, send, say, isBusy } = page;
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
      say();
      // The sheet covers the page, so it names what is agreed to (README.md).
      const { shop, paid, saved } = place.dataset;
      const lineItems = paid ? [{ name: paid, amount: options.amount }] : [];
      if (saved && (!save || save.checked)) lineItems.push({ name: saved, amount: 0 });
      resolve({ business: { name: shop }, lineItems });
    });
    wallet.on("confirm", async ({ paymentFailed }) => {
      if (isBusy() || !(await send(() => token(group, told)))) paymentFailed({ reason: "fail" });
    });
    wallet.mount("#wallet-frame");
  }

  if (place && APPS.test(navigator.userAgent)) {
    show("outside");
    const script = document.createElement("script");
    script.src = place.dataset.outside;
    document.head.append(script);
  }

  window.ordoGateway = {
    mount,
    token: () => token(elements, tell(elements)),
    act: (action) => stripe.handleNextAction(action),
  };
})();
