// The buyer's page. The card fields live in the gateway's own frame (Stripe's Payment Element); this script ties them to our form.
//
// What our server answers, to every request of this page (attributes on the body in templates/pay/layout.html):
//   200  the order is over: the whole page, of which htmx takes <main id="pay">
//   202  being worked on, or the bank asks: the fragment #status, which polls; with data-client-secret the bank is to be asked
//   204  the order is open and there is nothing to say
//   422  certain that nothing was taken, and the card form can be used again: the fragment #status says why
//   4xx  this page is out of date: load it again
//   5xx, or no answer: unknown. Say so, and ask for the truth until it is known. Never invite a second payment.
//
// #card-form holds {"key", "account" or absent, "elements": options of stripe.elements(), with locale}.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  const data = find("#card-form");
  if (!data) return;
  const config = JSON.parse(data.textContent);
  const form = find("#form");
  const save = form && form.elements.save;
  let stripe, card, elements, patience, slow, again, secret;
  let ready = false; // the gateway's part of the page can be used
  let busy = false; // a payment is on its way
  let asking = false; // the bank's dialogue is open
  let wanted = false; // it is to open as soon as we have the secret

  const say = (note) => document.querySelectorAll("[data-note]").forEach((p) => { p.hidden = p.dataset.note !== note; });
  // "Nothing was sent" is true only where the card form waits for the buyer; a page that checks or asks the bank has sent something, and
  // on a receipt nothing waits.
  const offline = () => (form && find("#status[data-step=ready]") ? "offline" : "offline-waiting");
  const ask = () => { if (find("#truth")) htmx.trigger("#truth", "ask"); };

  function press() {
    const button = find("#button");
    if (!button) return;
    button.setAttribute("aria-disabled", String(busy || !ready));
    button.classList.toggle("busy", busy);
    find("#fields").inert = busy;
  }

  function begin() {
    busy = true;
    press();
    say("working");
    clearTimeout(slow);
    slow = setTimeout(() => say("slow"), 8000);
  }

  function rest(note) {
    busy = false;
    clearTimeout(slow);
    press();
    say(note);
  }

  // --- the card fields

  const dark = matchMedia("(prefers-color-scheme: dark)");

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

  function unmounted() {
    clearTimeout(patience);
    if (!ready) say("frame");
  }

  function usable() {
    ready = true;
    clearTimeout(patience);
    if (!busy) rest();
  }

  function mount() {
    if (!window.Stripe) return;
    stripe = stripe || Stripe(config.key, config.account ? { stripeAccount: config.account } : {});
    if (!form) return usable();
    if (card) return;
    elements = stripe.elements({ ...config.elements, appearance: appearance() });
    card = elements.create("payment", {
      terms: { card: "never" }, // the consent is asked for by us, once
      wallets: { applePay: "never", googlePay: "never", link: "never" },
    });
    card.on("ready", () => {
      find("#card").classList.add("ready");
      usable();
    });
    card.on("loaderror", unmounted);
    card.mount("#card-frame");
    // A frame is much work for a slow phone: one at a time.
    setTimeout(() => document.dispatchEvent(new CustomEvent("gateway", {
      detail: { stripe, options: { ...config.elements, appearance: appearance() }, save, tell, send, say, isBusy: () => busy },
    })));
  }

  function load() {
    clearTimeout(patience);
    patience = setTimeout(unmounted, 10000);
    if (window.Stripe) return mount();
    const script = document.createElement("script");
    script.src = find("#gateway").href;
    script.onload = mount;
    script.onerror = unmounted;
    document.head.append(script);
  }

  function retry() {
    if (card) card.destroy();
    card = undefined;
    say();
    load();
  }

  function submit() {
    if (busy) return;
    if (!ready) return say("loading");
    if (!navigator.onLine) return say("offline");
    send(elements, tell(elements));
  }

  // The token must say what the box says.
  const tell = (group) => save && group.update({ setupFutureUsage: save.checked ? "off_session" : null });

  // The one way to our server, of the card and of the wallets (wallets.js). The fields are inert until the answer is here, so that the
  // box cannot change meanwhile. Whether the form is sent; the promise `told` is of what was told last.
  async function send(elements, told) {
    begin();
    try {
      await told;
      if ((await elements.submit()).error) return rest(); // the gateway's frame says which field is wrong
      const { confirmationToken, error } = await stripe.createConfirmationToken({ elements });
      if (error) return rest("unsent");
      form.elements.confirmation_token.value = confirmationToken.id;
      htmx.trigger(form, "confirmed");
      return true;
    } catch {
      rest("unsent");
    }
  }

  // --- the bank

  const resume = () => (find("#resume") ? htmx.trigger("#resume", "back") : ask());

  // The secret comes with the answers to our posts only; a page that was loaded, or that polled, has to ask for it.
  async function bank() {
    if (asking) return;
    if (!stripe) return say("loading");
    wanted = !secret;
    if (wanted) return resume();
    asking = true;
    try {
      await stripe.handleNextAction({ clientSecret: secret });
    } catch {
      // Whatever happened there: our server looks the truth up.
    }
    asking = false;
    say("working");
    // A dialogue that ends at once would be answered while htmx still holds the last request, and be dropped.
    setTimeout(resume);
  }

  // --- the server's answers

  function answered({ detail: { ctx } }) {
    const code = ctx.response.status;
    const submitted = busy;
    if (code >= 500) return unsure();
    if (code >= 400 && code !== 422) return location.reload();
    if ((code === 204 || code === 422) && !form) return location.reload();
    clearTimeout(again);
    const problem = code === 422 && find("[data-problem]");
    rest(submitted && code !== 200 && code !== 202 && !problem ? "again" : undefined);
    if (problem && (submitted || ctx.request.method === "POST")) problem.focus();
    secret = code === 202 ? find("#status").dataset.clientSecret || secret : undefined;
    if (secret && (submitted || wanted)) setTimeout(bank);
    if (code === 200) {
      find("#pay").focus();
      window.scrollTo(0, 0);
    }
  }

  function unsure() {
    clearTimeout(slow);
    say(busy || navigator.onLine ? "unsure" : offline());
    clearTimeout(again);
    again = setTimeout(ask, 3000);
  }

  document.addEventListener("htmx:after:swap", answered);
  document.addEventListener("htmx:error", unsure);
  document.addEventListener("htmx:before:request", (event) => {
    const source = event.detail.ctx.sourceEvent;
    if (document.hidden && source && source.type === "every") event.preventDefault();
  });

  // --- the buyer, the tab and the network

  document.addEventListener("submit", (event) => {
    if (event.target === form) submit();
    else if (event.target.id === "resume") bank();
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-retry]")) retry();
  });
  window.addEventListener("offline", () => { if (!busy) say(offline()); });
  window.addEventListener("online", () => { if (!busy) say(); ask(); });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    rest();
    ask();
  });

  function seen() {
    if (document.hidden) return;
    const { opened, csrf } = find("#truth").dataset;
    navigator.sendBeacon(opened, new URLSearchParams({ csrf_token: csrf }));
    document.removeEventListener("visibilitychange", seen);
    document.addEventListener("visibilitychange", () => { if (!document.hidden && !busy && !asking) ask(); });
  }
  document.addEventListener("visibilitychange", seen);
  seen();

  load();
  // Back from the bank's page, or reloaded in the middle of it: look the truth up once.
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => { if (find("#resume")) resume(); }));
})();
