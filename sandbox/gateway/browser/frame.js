// What all frames share: the channel to the page that embeds them, the gateway's API, words.
'use strict';

// What a token's Elements were made with: the gateway compares it with the intent.
const madeWith = ({mode, amount, currency, captureMethod}) => ({mode, amount, currency, capture_method: captureMethod});

// Waits for the embedding page's opening message. It must come from the parent, and bring the port that everything else uses.
// `begin` learns on which host the page is.
function opened(begin) {
  addEventListener('message', function open(event) {
    if (event.source !== window.parent || event.ports.length !== 1 || typeof event.data?.key !== 'string') return;
    removeEventListener('message', open);
    begin(event.data, event.ports[0], new URL(event.origin).hostname);
  });
}

function flatten(value, name, into) {
  if (value === undefined || value === null) return;
  if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) flatten(inner, name ? `${name}[${key}]` : key, into);
  } else {
    into.append(name, value);
  }
}

// One call of the gateway's API, with the publishable key. Never throws: {error} says what went wrong.
async function api({key, account}, method, path, params = {}) {
  const body = new URLSearchParams();
  flatten(params, '', body);
  const headers = {Authorization: `Bearer ${key}`, ...(account ? {'Stripe-Account': account} : {})};
  try {
    const answer = method === 'GET'
      ? await fetch(`${path}?${body}`, {headers, cache: 'no-store'})
      : await fetch(path, {method, headers, body});
    return await answer.json();
  } catch {
    return {error: {type: 'api_connection_error', message: word('offline')}};
  }
}

const RTL = ['ar', 'he', 'fa', 'ur'];
let language = 'en';

function speak(locale) {
  const wanted = !locale || locale === 'auto' ? navigator.languages : [locale];
  language = wanted.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag in WORDS) ?? 'en';
  document.documentElement.lang = language;
  document.documentElement.dir = RTL.includes(language) ? 'rtl' : 'ltr';
  for (const node of document.querySelectorAll('[data-word]')) node.textContent = word(node.dataset.word);
}

const THEMED = {
  colorPrimary: '--primary', colorBackground: '--background', colorText: '--text', colorTextSecondary: '--secondary',
  colorDanger: '--danger', borderRadius: '--radius', fontFamily: '--font', fontSizeBase: '--size',
};

// Look and language as the page's options say.
function wear({appearance = {}, locale}) {
  const {theme, variables = {}} = appearance;
  document.documentElement.style.colorScheme = theme === 'night' ? 'dark' : 'light';
  document.documentElement.dataset.theme = theme === 'night' ? 'dark' : 'light';
  for (const [name, property] of Object.entries(THEMED)) {
    if (name in variables) document.documentElement.style.setProperty(property, variables[name]);
  }
  speak(locale);
}

function word(name) {
  return WORDS[language][name] ?? WORDS.en[name] ?? name;
}
