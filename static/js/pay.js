// The buyer's page, whatever the gateway: ties the gateway's part of it (gateways/README.md) to our form, and says what is happening.
// What our server's answers mean: templates/pay/layout.html.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  const data = find("#card-form");
  if (!data) return;
  const gateway = window.ordoGateway;
  const form = find("#form");
  const save = form && form.elements.save;
  let loaded, patience, slow, again, next;
  let ready = false; // the gateway's part of the page can be used
  let busy = false; // a payment is on its way
  let sent = false; // and has left this page
  let asking = false; // the bank's dialogue is open
  let wanted = false; // it is to open as soon as we know what it needs

  const say = (note) => document.querySelectorAll("[data-note]").forEach((p) => {
    const hid = p.hidden;
    p.hidden = p.dataset.note !== note;
    if (hid && !p.hidden) p.scrollIntoView({ block: "nearest" });
  });
  // The card form waits for the buyer: nothing was sent. A page that checks or asks the bank has sent something.
  const idle = () => !busy && form && find("#status[data-step=ready]");
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
    sent = false;
    press();
    say("working");
    clearTimeout(again);
    clearTimeout(slow);
    slow = setTimeout(() => say("slow"), 8000);
  }

  function rest(note) {
    busy = false;
    clearTimeout(slow);
    press();
    say(note);
  }

  // --- the gateway's part

  function failed() {
    clearTimeout(patience);
    if (!ready) say("frame");
  }

  function usable() {
    ready = true;
    clearTimeout(patience);
    if (!busy) rest();
  }

  const part = { config: JSON.parse(data.textContent), save, usable, failed, send, say, isBusy: () => busy };
  const mount = () => { loaded = loaded || gateway.mount(part); };

  function load() {
    if (!gateway) return usable();
    clearTimeout(patience);
    patience = setTimeout(failed, 10000);
    mount();
    if (loaded) return;
    const script = document.createElement("script");
    script.src = find("#gateway").href;
    script.onload = mount;
    script.onerror = failed;
    document.head.append(script);
  }

  function retry() {
    loaded = false;
    say();
    load();
  }

  function submit() {
    if (busy) return;
    if (!ready) return say("loading");
    send(() => (gateway ? gateway.token() : ""));
  }

  // The one way to our server, of the card and of the wallets. The fields are inert until the answer is here, so that the box cannot
  // change meanwhile. Whether the form is sent.
  async function send(token) {
    begin();
    try {
      const made = await token();
      if (made === undefined) return rest();
      form.elements.confirmation_token.value = made;
      sent = true;
      htmx.trigger(form, "confirmed");
      return true;
    } catch {
      rest("unsent");
    }
  }

  // --- the bank, or the gateway's own page

  const resume = () => (find("#resume") ? htmx.trigger("#resume", "back") : ask());

  // What is next comes with the answers to our posts only; a page that was loaded, or that polled, has to ask for it.
  async function bank() {
    if (asking) return;
    if (gateway && !loaded) return say("loading");
    wanted = !next;
    if (wanted) return resume();
    const { redirect, action } = JSON.parse(next);
    if (redirect) return location.assign(redirect);
    asking = true;
    try {
      await gateway.act(action);
    } catch {
      // Whatever happened: our server looks the truth up.
    }
    asking = false;
    const step = find("#status");
    if (step) step.inert = true;
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
    if (busy && !sent && code !== 200) return; // of a look that began before
    clearTimeout(again);
    const problem = code === 422 && find("[data-problem]");
    rest(submitted && code !== 200 && code !== 202 && !problem ? "again" : undefined);
    if (problem && (submitted || ctx.request.method === "POST")) problem.focus();
    next = code === 202 ? find("#status").dataset.next || next : undefined;
    if (next && (submitted || wanted)) setTimeout(bank);
    if (code === 200) {
      find("#pay").focus();
      window.scrollTo(0, 0);
    }
  }

  function unsure() {
    if (busy && !sent) return;
    clearTimeout(slow);
    // What the browser thinks of the network is a hint, wrong behind some VPNs and in some apps: believed once a request has failed.
    if (busy || navigator.onLine) { if (!idle()) say("unsure"); }
    else say(idle() ? "offline" : "offline-waiting");
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
  window.addEventListener("offline", () => { if (!busy) ask(); });
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
