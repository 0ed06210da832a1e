// The card form. What is typed here is posted to the gateway and to nobody else; the embedding page learns the token's id.
'use strict';
opened((opening, port) => {
  const who = {key: opening.key, account: opening.account};
  const field = (id) => document.getElementById(id);
  const [number, expiry, cvc] = ['number', 'expiry', 'cvc'].map(field);
  const brandMark = field('brand');
  let options = opening.options;
  let busy = null;

  const BRANDS = [
    ['visa', /^4/, 'Visa'], ['mastercard', /^(5[1-5]|2[2-7])/, 'Mastercard'], ['amex', /^3[47]/, 'Amex'],
    ['discover', /^6(011|5)/, 'Discover'], ['diners', /^3[068]/, 'Diners'], ['jcb', /^35/, 'JCB'], ['unionpay', /^62/, 'UnionPay'],
  ];
  // Digits of other scripts are digits too.
  const digits = (text) => text
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (sign) => sign.charCodeAt(0) & 15)
    .replace(/\D/g, '');
  const brand = () => BRANDS.find(([, shape]) => shape.test(digits(number.value)));
  const cvcLength = () => (brand()?.[0] === 'amex' ? 4 : 3);
  const numberLengths = () => ({amex: [15], diners: [14, 16], unionpay: [16, 17, 18, 19]}[brand()?.[0]] ?? [16]);

  const tell = (event, more = {}) => port.postMessage({event, ...more});

  function luhn(text) {
    const sum = [...text].reverse().reduce((total, digit, place) => {
      const value = Number(digit) * (place % 2 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
    return sum % 10 === 0;
  }

  // Each gives the name of what is wrong, or nothing.
  const PROBLEMS = {
    number: () => {
      const typed = digits(number.value);
      if (!typed) return 'number_missing';
      if (typed.length < numberLengths()[0]) return 'number_short';
      return numberLengths().includes(typed.length) && luhn(typed) ? '' : 'number_wrong';
    },
    expiry: () => {
      const typed = digits(expiry.value);
      if (!typed) return 'expiry_missing';
      if (typed.length < 4) return 'expiry_short';
      const [month, year] = date();
      if (month < 1 || month > 12) return 'expiry_wrong';
      const now = new Date();
      return year * 12 + month - 1 < now.getFullYear() * 12 + now.getMonth() ? 'expiry_past' : '';
    },
    cvc: () => {
      const typed = digits(cvc.value);
      if (!typed) return 'cvc_missing';
      return typed.length === cvcLength() ? '' : 'cvc_short';
    },
  };

  function date() {
    const typed = digits(expiry.value);
    const year = Number(typed.slice(2));
    return [Number(typed.slice(0, 2)), year < 100 ? 2000 + year : year];
  }

  function show(id, message) {
    field(id).setAttribute('aria-invalid', message ? 'true' : 'false');
    field(`${id}-error`).textContent = message;
  }

  // Groups digits and leaves the caret behind the digit that it was behind.
  function group(input, format) {
    const before = digits(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
    const atEnd = input.selectionStart === input.value.length;
    input.value = format(digits(input.value));
    if (atEnd || document.activeElement !== input) return;
    let place = 0;
    for (let seen = 0; seen < before && place < input.value.length; place += 1) seen += /\d/.test(input.value[place]);
    input.setSelectionRange(place, place);
  }

  function formatNumber(typed) {
    const shape = brand()?.[0] === 'amex' ? /^(\d{1,4})(\d{1,6})?(\d{1,5})?.*$/ : /^(\d{1,4})(\d{1,4})?(\d{1,4})?(\d{1,4})?(\d{1,3})?.*$/;
    return typed.slice(0, numberLengths().at(-1)).replace(shape, (_all, ...parts) => parts.slice(0, -2).filter(Boolean).join(' '));
  }

  function formatExpiry(typed, removing) {
    const full = /^[2-9]/.test(typed) ? `0${typed}` : typed;
    const year = full.length > 4 && full.slice(2, 4) === '20' ? full.slice(2, 6) : full.slice(2, 4);
    const done = full.length >= 6 && year.length === 4 ? year.slice(2) : year;
    if (full.length < 2 || (full.length === 2 && removing)) return full;
    return `${full.slice(0, 2)} / ${done}`;
  }

  const PARTS = {number, expiry, cvc};
  const complete = () => Object.values(PROBLEMS).every((problem) => !problem());

  function changed() {
    const known = brand();
    brandMark.textContent = known?.[2] ?? '';
    brandMark.dataset.brand = known?.[0] ?? '';
    cvc.maxLength = cvcLength();
    cvc.placeholder = cvcLength() === 4 ? '1234' : '123';
    tell('change', {
      complete: complete(), empty: !Object.values(PARTS).some((input) => input.value), collapsed: false, value: {type: 'card'},
    });
  }

  function dress() {
    wear(options);
    expiry.placeholder = word('expiry_hint');
  }

  function examine() {
    const wrong = Object.keys(PARTS).filter((id) => {
      const problem = PROBLEMS[id]();
      show(id, problem && word(problem));
      return problem;
    });
    if (!wrong.length) return {};
    PARTS[wrong[0]].focus();
    const code = PROBLEMS[wrong[0]]();
    return {error: {type: 'validation_error', code: `${/_(missing|short)$/.test(code) ? 'incomplete' : 'invalid'}_${wrong[0]}`, message: word(code)}};
  }

  async function token(params) {
    const [month, year] = date();
    const answer = await api(who, 'POST', '/v1/confirmation_tokens', {
      return_url: params.return_url,
      shipping: params.shipping,
      billing_details: params.payment_method_data?.billing_details,
      allow_redisplay: params.payment_method_data?.allow_redisplay,
      setup_future_usage: options.setupFutureUsage ?? undefined,
      elements: madeWith(options),
      card: {number: digits(number.value), exp_month: month, exp_year: year, cvc: digits(cvc.value)},
    });
    if (!answer.error) return {confirmationToken: answer};
    const {error} = answer;
    const part = {number: 'number', exp_month: 'expiry', exp_year: 'expiry', cvc: 'cvc'}[error.param];
    if (error.decline_code === 'test_mode_live_card') error.message = word('not_test');
    if (part) {
      show(part, error.message);
      PARTS[part].focus();
    }
    return {error};
  }

  const OPS = {
    submit: async () => examine(),
    token: async (params) => {
      busy ??= token(params).finally(() => { busy = null; });
      return busy;
    },
    update: async (changes) => {
      options = {...options, ...changes};
      dress();
      return {};
    },
    focus: async () => number.focus(),
    blur: async () => document.activeElement?.blur(),
    clear: async () => {
      for (const id of Object.keys(PARTS)) {
        PARTS[id].value = '';
        show(id, '');
      }
      changed();
    },
  };

  port.onmessage = async ({data}) => port.postMessage({reply: data.number, body: await OPS[data.op](data.body)});

  number.addEventListener('input', () => {
    group(number, formatNumber);
    changed();
    if (digits(number.value).length === numberLengths().at(-1) && !PROBLEMS.number() && document.activeElement === number) expiry.focus();
  });
  expiry.addEventListener('input', (event) => {
    group(expiry, (typed) => formatExpiry(typed, event.inputType?.startsWith('delete')));
    changed();
    if (digits(expiry.value).length === 4 && !PROBLEMS.expiry() && document.activeElement === expiry) cvc.focus();
  });
  cvc.addEventListener('input', () => {
    cvc.value = digits(cvc.value).slice(0, cvcLength());
    changed();
  });
  for (const [id, input] of Object.entries(PARTS)) {
    input.addEventListener('input', () => show(id, ''));
    input.addEventListener('focus', () => tell('focus'));
    input.addEventListener('blur', () => {
      tell('blur');
      const problem = PROBLEMS[id]();
      if (input.value && problem) show(id, word(problem));
    });
  }
  field('card').addEventListener('submit', (event) => event.preventDefault());
  addEventListener('keydown', ({key}) => key === 'Escape' && tell('escape'));
  new ResizeObserver(() => tell('height', {height: Math.ceil(document.body.getBoundingClientRect().height)})).observe(document.body);

  dress();
  field('card').hidden = false; // shown once, in the page's look and language: nothing moves
  api(who, 'GET', '/v1/elements/sessions').then(({error}) => (error ? tell('loaderror', {error}) : tell('ready')));
});
