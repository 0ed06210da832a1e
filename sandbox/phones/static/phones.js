// The one screen, live: asks the server every 700 ms and puts in place only what has changed.
"use strict";

const EVERY = 700; // milliseconds
const seen = new Map(); // id of an item or region → the HTML last put there
const byId = (id) => document.getElementById(id);
const AGAIN = 800; // milliseconds after an answer in which the same wish is a double tap
const wishes = new Set(); // under way, or just answered
let asking = false;

// ---- what the server says → the page

function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

function putList(name, items) {
  const list = byId(name);
  const chat = list.closest(".chat");
  const atEnd = chat && chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
  const wanted = new Set(items.map(([id]) => id));
  let changed = false;
  for (const old of [...list.children]) {
    if (!wanted.has(old.id)) { old.remove(); changed = true; }
  }
  items.forEach(([id, html], index) => {
    const old = byId(id);
    if (old && seen.get(id) === html) return;
    seen.set(id, html);
    const fresh = element(html);
    if (old) old.replaceWith(fresh);
    else { fresh.classList.add("fresh"); list.insertBefore(fresh, list.children[index] || null); }
    equip(fresh);
    changed = true;
  });
  if (chat && changed && atEnd) chat.scrollTop = chat.scrollHeight;
}

function putRegion(name, html) {
  const region = byId(name);
  if (seen.get(name) === html || region.querySelector("input:focus")) return;
  seen.set(name, html);
  const focused = [...region.querySelectorAll("button, a, summary")].indexOf(document.activeElement);
  const opened = region.querySelector("details[open]") !== null;
  region.innerHTML = html;
  region.querySelector("details")?.toggleAttribute("open", opened);
  if (focused >= 0) region.querySelectorAll("button, a, summary")[focused]?.focus();
}

async function refresh() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const answer = await fetch("/live" + location.search, { headers: { Accept: "application/json" } });
    const now = await answer.json();
    for (const [name, items] of Object.entries(now.lists)) putList(name, items);
    for (const [name, html] of Object.entries(now.regions)) putRegion(name, html);
    for (const [role, count] of Object.entries(now.unread)) notice(role, count);
    byId("offline").hidden = true;
  } catch {
    byId("offline").hidden = false;
  } finally {
    asking = false;
  }
}

// ---- reading: a chat that is on the screen is read

function notice(role, count) {
  const phone = byId(role);
  const visible = phone.offsetParent !== null && document.visibilityState === "visible";
  document.querySelector(`[data-tab=${role}] .dot`).hidden = count === 0 || visible;
  if (count && visible) send("/_sandbox/seen", new URLSearchParams({ phone: phone.dataset.phone }));
}

// ---- what people do → the server

function send(action, body) {
  return fetch(action, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true });
}

// What a form wishes, whichever copy of it was tapped: a switch and its way back are one.
function wish(form) {
  const values = [...new FormData(form).values()].filter((value) => value !== "on" && value !== "off");
  return JSON.stringify([form.getAttribute("action"), ...values]);
}

async function submit(form) {
  const wanted = wish(form);
  if (wishes.has(wanted)) return;
  wishes.add(wanted);
  try {
    await carryOut(form);
  } finally {
    setTimeout(() => wishes.delete(wanted), AGAIN);
  }
}

async function carryOut(form) {
  const said = form.elements.text?.value;
  const problem = form.querySelector(".problem");
  const chat = form.closest(".device")?.querySelector(".chat");
  if (problem) problem.hidden = true;
  try {
    const answer = await send(form.action, new URLSearchParams(new FormData(form)));
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    if (chat) chat.scrollTop = chat.scrollHeight;
    if (form.matches("[data-composer]")) {
      if (form.elements.text.value === said) form.elements.text.value = ""; // else the next message is begun already
      unreply(form);
    } else if (form.matches(".new-phone")) location.search = `?${form.elements.role.value}=${told.phone.slice(1)}`;
  } catch (error) {
    const place = problem || form.closest(".device, .api-box")?.querySelector(".problem");
    if (place) { place.textContent = error.message; place.hidden = false; }
  }
  await refresh();
}

function reply(button) {
  const composer = button.closest(".device").querySelector("[data-composer]");
  const words = button.closest(".bubble").querySelector(".text")?.textContent ?? "";
  composer.elements.reply_to.value = button.dataset.reply;
  composer.querySelector(".replying span").textContent = words.split("\n")[0];
  composer.querySelector(".replying").hidden = false;
  composer.elements.text.focus();
}

function unreply(composer) {
  composer.elements.reply_to.value = "";
  composer.querySelector(".replying").hidden = true;
}

// A phone-sized window in the phone's own place, so that the cards and the other phone stay in sight.
function popUp(link, event) {
  const wamid = link.closest("[data-wamid]")?.dataset.wamid;
  if (wamid) send("/_sandbox/opened", new URLSearchParams({ message: wamid }));
  if (innerWidth < 700 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const place = link.closest(".phone").getBoundingClientRect();
  const left = Math.round(screenX + place.left + (place.width - 390) / 2);
  const top = Math.round(screenY + (outerHeight - innerHeight) + Math.max(0, place.top));
  const page = window.open(link.href, "_blank", `popup,width=390,height=844,left=${left},top=${top}`);
  if (!page) return; // blocked: the link opens as any other
  page.opener = null;
  event.preventDefault();
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    const box = Object.assign(document.createElement("textarea"), { value: button.dataset.copy });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    button.focus();
  }
  button.classList.add("copied");
  byId("copied").textContent = "Copied";
  setTimeout(() => { button.classList.remove("copied"); byId("copied").textContent = ""; }, 1500);
}

function show(tab, focus) {
  for (const other of document.querySelectorAll("[data-tab]")) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", chosen);
    other.tabIndex = chosen ? 0 : -1;
  }
  document.body.dataset.shown = tab.dataset.tab;
  if (focus) tab.focus();
  const chat = byId(tab.dataset.tab).querySelector(".chat");
  if (chat) chat.scrollTop = chat.scrollHeight;
  refresh();
}

// ---- once

function equip(part) {
  for (const button of part.querySelectorAll("[data-reply]")) button.hidden = false;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-live]")) return;
  event.preventDefault();
  submit(event.target);
});

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-popup]")) popUp(on("[data-popup]"), event);
  else if (on("[data-reply]")) reply(on("[data-reply]"));
  else if (on("[data-unreply]")) unreply(on("form"));
  else if (on("[data-copy]")) copy(on("[data-copy]"));
  else if (on("[data-tab]")) show(on("[data-tab]"));
  for (const open of document.querySelectorAll(".who[open]")) if (!open.contains(event.target)) open.open = false;
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[data-tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (tab && step) {
    const tabs = [...document.querySelectorAll("[data-tab]")];
    show(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length], true);
  }
  if (event.key === "Escape") {
    const open = document.querySelector(".who[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
    else if (event.target.form?.matches("[data-composer]")) unreply(event.target.form);
  }
});

document.addEventListener("animationend", (event) => event.target.classList.remove("fresh"));
document.addEventListener("visibilitychange", refresh);
const draft = document.querySelector("[data-draft]");
document.body.dataset.shown = "shop";
equip(document.body);
for (const chat of document.querySelectorAll(".chat")) chat.scrollTop = chat.scrollHeight;
if (draft) { // a link to the chat was opened; the address is made clean, so that a reload does not write again
  show(document.querySelector("[data-tab=buyer]"));
  draft.focus();
  history.replaceState(null, "", location.pathname);
}
refresh();
setInterval(refresh, EVERY);
