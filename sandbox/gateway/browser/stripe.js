// A stand-in for Stripe.js (endive): the Payment Element with a card, the Express Checkout Element with a wallet, confirmation
// tokens, the bank's question.
// Card details are typed into a frame of the gateway's own origin; only ids and states come back to this page.
(() => {
  'use strict';

  const ORIGIN = new URL(document.currentScript.src).origin;
  const PATIENCE = 10000; // ms until a frame that says nothing counts as not loaded
  const DARK = matchMedia('(prefers-color-scheme: dark)');
  const CAPTURES = ['automatic', 'automatic_async', 'manual'];
  const MODES = ['payment', 'setup', 'subscription'];
  const ELEMENTS_OPTIONS = [
    'mode', 'amount', 'currency', 'allowedPaymentMethodTypes', 'excludedPaymentMethodTypes', 'setupFutureUsage',
    'captureMethod', 'onBehalfOf', 'paymentMethodOptions', 'paymentMethodConfiguration', 'appearance', 'locale', 'fonts', 'loader',
  ];
  const UPDATABLE = [
    'mode', 'amount', 'currency', 'allowedPaymentMethodTypes', 'excludedPaymentMethodTypes', 'setupFutureUsage',
    'captureMethod', 'onBehalfOf', 'paymentMethodOptions', 'appearance', 'locale',
  ];
  const EVENTS = ['ready', 'focus', 'blur', 'escape', 'loaderror'];
  const CARD = {
    type: 'payment', page: 'card', title: 'Secure payment input frame', height: '176px', events: [...EVENTS, 'change', 'loaderstart'],
  };
  const WALLET = {
    type: 'expressCheckout', page: 'express', title: 'Secure express checkout frame', height: '52px', edge: '4px',
    events: [...EVENTS, 'click', 'confirm', 'cancel', 'shippingaddresschange', 'shippingratechange', 'availablepaymentmethodschange'],
  };
  const WALLETS = ['amazonPay', 'applePay', 'googlePay', 'klarna', 'link', 'paypal'];

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = 'IntegrationError';
    }
  }

  const refuse = (message) => {
    throw new IntegrationError(message);
  };

  const unreachable = {
    type: 'api_connection_error',
    message: 'The payment form could not be reached. Check the connection and try again.',
  };

  // A frame of the gateway's origin, and a private channel to it: the opening message goes to that origin alone, and every
  // later one through the port that came with it.
  class Frame {
    constructor(page, title, opening, heard, allow = '') {
      this.waiting = new Map();
      this.count = 0;
      this.element = document.createElement('iframe');
      this.element.src = `${ORIGIN}/endive/${page}`;
      this.element.title = title;
      this.element.allow = allow;
      this.element.addEventListener('load', () => this.open(opening, heard));
    }

    open(opening, heard) {
      const channel = new MessageChannel();
      this.port = channel.port1;
      this.port.onmessage = ({data}) => {
        if (!data.reply) {
          heard(data);
        } else if (this.waiting.has(data.reply)) {
          this.waiting.get(data.reply)(data.body);
          this.waiting.delete(data.reply);
        }
      };
      try {
        this.element.contentWindow.postMessage(opening, ORIGIN, [channel.port2]);
      } catch {
        heard({event: 'loaderror', error: unreachable});
      }
    }

    ask(op, body = {}) {
      if (!this.port) return Promise.resolve({error: unreachable});
      this.count += 1;
      const number = this.count;
      return new Promise((resolve) => {
        this.waiting.set(number, resolve);
        this.port.postMessage({op, number, body});
      });
    }
  }

  // What both elements are: a frame at a place of the page, and events.
  class Mounted {
    constructor(elements, options, kind) {
      this.elements = elements;
      this.options = options;
      this.kind = kind;
      this.handlers = new Map(kind.events.map((name) => [name, []]));
      this.dress = () => {
        this.frame.element.style.colorScheme = this.appearance().theme === 'night' ? 'dark' : 'light';
        return this.frame.ask('update', {...this.elements.options, appearance: this.appearance()});
      };
    }

    // Without a theme, the one in which the page's own text is readable at this place.
    appearance() {
      const {appearance} = this.elements.options;
      return {...appearance, theme: appearance?.theme ?? (isLight(getComputedStyle(this.place).color) ? 'night' : 'stripe')};
    }

    mount(target) {
      const place = typeof target === 'string' ? document.querySelector(target) : target;
      if (!(place instanceof Element)) {
        refuse(`The selector you specified (${target}) applies to no DOM elements that are currently on the page.`);
      }
      this.unmount();
      const {stripe, options} = this.elements;
      const {page, title, height, allow, edge = '0px'} = this.kind;
      this.place = place;
      const opening = {key: stripe.key, account: stripe.account, own: this.options, options: {...options, appearance: this.appearance()}};
      this.frame = new Frame(page, title, opening, (said) => this.hear(said), allow);
      const style = this.frame.element.style;
      Object.assign(style, {
        border: '0', display: 'block', width: `calc(100% + 2 * ${edge})`, height, margin: `calc(-1 * ${edge})`, padding: '0',
      });
      style.colorScheme = opening.options.appearance.theme === 'night' ? 'dark' : 'light';
      DARK.addEventListener('change', this.dress);
      place.append(this.frame.element);
      if (this.handlers.has('loaderstart')) this.emit('loaderstart', {});
      this.alarm = setTimeout(() => this.hear({event: 'loaderror', error: unreachable}), PATIENCE);
    }

    hear({event, height, ...rest}) {
      if (event === 'height') {
        this.frame.element.style.height = `${height}px`;
        return;
      }
      if (event === 'ready' || event === 'loaderror') {
        clearTimeout(this.alarm);
        if (this.loaded) return;
        if (event === 'ready') this.loaded = rest;
      }
      if (event === 'change') this.elements.submitted = false;
      this.emit(event, rest);
    }

    emit(event, detail) {
      for (const handler of [...this.handlers.get(event)]) handler({elementType: this.kind.type, ...detail});
    }

    on(event, handler) {
      if (!this.handlers.has(event)) refuse(`Unrecognized event: ${event}.`);
      if (typeof handler !== 'function') refuse('The handler of an event must be a function.');
      this.handlers.get(event).push(handler);
      if (event === 'ready' && this.loaded) handler({elementType: this.kind.type, ...this.loaded});
      return this;
    }

    once(event, handler) {
      const first = (detail) => {
        this.off(event, first);
        handler(detail);
      };
      return this.on(event, first);
    }

    off(event, handler) {
      this.handlers.set(event, handler ? this.handlers.get(event).filter((known) => known !== handler) : []);
      return this;
    }

    update(options) {
      Object.assign(this.options, options);
    }

    focus() {
      this.frame?.element.focus();
      this.frame?.ask('focus');
    }

    blur() {
      this.frame?.ask('blur');
    }

    clear() {
      this.frame?.ask('clear');
    }

    unmount() {
      clearTimeout(this.alarm);
      DARK.removeEventListener('change', this.dress);
      this.frame?.element.remove();
      this.frame = undefined;
      this.loaded = undefined;
      this.elements.submitted = false;
    }

    destroy() {
      this.unmount();
      this.elements.made.delete(this.kind.type);
    }
  }

  class PaymentElement extends Mounted {
    constructor(elements, options) {
      super(elements, options, CARD);
    }

    token(params) {
      return this.frame.ask('token', params);
    }
  }

  // The wallet's button. Its sheet stands over the page once the page's `click` handler has said yes; the buyer's yes in it is the
  // event `confirm`, in which the page asks for the token.
  class ExpressCheckoutElement extends Mounted {
    constructor(elements, options) {
      super(elements, options, {...WALLET, allow: 'payment *'});
      const {buttonHeight = 44, paymentMethods = {}} = options;
      if (buttonHeight < 40 || buttonHeight > 55) refuse(`Invalid value for buttonHeight: it should be from 40 to 55. You specified: ${buttonHeight}.`);
      for (const name of Object.keys(paymentMethods)) if (!WALLETS.includes(name)) refuse(`Invalid value for paymentMethods: ${name}.`);
    }

    hear(said) {
      if (said.event === 'click') this.tapped(said.expressPaymentType);
      else super.hear(said);
    }

    tapped(expressPaymentType) {
      if (this.sheet) return;
      let over = false;
      const answer = (act) => () => {
        if (!over) act();
        over = true;
        clearTimeout(late);
      };
      const late = setTimeout(answer(() => console.error('[Stripe.js] resolve or reject must be called within 1 second of click.')), 1000);
      const resolve = (payload = {}) => {
        checkSheet(payload, this.elements.options.amount ?? 0);
        answer(() => this.open(expressPaymentType, payload))();
      };
      if (!this.handlers.get('click').length) resolve();
      this.emit('click', {expressPaymentType, resolve, reject: answer(() => {})});
    }

    open(expressPaymentType, {business, lineItems = []}) {
      const {stripe, options} = this.elements;
      const opening = {key: stripe.key, account: stripe.account, options, wallet: expressPaymentType, business, lineItems};
      this.sheet = overlay('wallet', 'Sandbox Pay', opening, ({event}) => {
        if (event === 'confirm') this.confirm(expressPaymentType);
        else this.finish(() => this.emit('cancel', {}));
      });
    }

    confirm(expressPaymentType) {
      this.elements.confirming = this;
      this.emit('confirm', {
        expressPaymentType,
        paymentFailed: (payload = {}) => {
          if (typeof payload !== 'object') refuse(`Invalid value for confirm event paymentFailed callback: value should be an object. You specified: ${payload}.`);
          this.finish();
        },
      });
    }

    async token(params) {
      const answer = await this.sheet.ask('token', {...params, setupFutureUsage: this.elements.options.setupFutureUsage});
      this.finish();
      return answer;
    }

    finish(then) {
      this.elements.confirming = undefined;
      this.elements.submitted = false;
      this.sheet?.close();
      this.sheet = undefined;
      then?.();
    }

    unmount() {
      this.finish();
      super.unmount();
    }
  }

  const KINDS = {payment: PaymentElement, expressCheckout: ExpressCheckoutElement};

  class Elements {
    constructor(stripe, options) {
      check(options, ELEMENTS_OPTIONS, 'elements()');
      this.stripe = stripe;
      this.options = {locale: stripe.locale, ...options};
      checkMoney(this.options);
      this.submitted = false;
      this.made = new Map();
    }

    create(type, options = {}) {
      if (!(type in KINDS)) refuse(`A valid Element name must be provided: this gateway has ${Object.keys(KINDS).join(' and ')}, not '${type}'.`);
      if (this.made.has(type)) refuse(`Can only create one Element of type ${type}.`);
      if (type === 'expressCheckout' && !this.options.currency) refuse('The Express Checkout Element needs a currency, in mode setup too.');
      this.made.set(type, new KINDS[type](this, {...options}));
      return this.made.get(type);
    }

    getElement(type) {
      return this.made.get(type) ?? null;
    }

    async update(options) {
      check(options, UPDATABLE, 'elements.update()');
      const merged = {...this.options, ...options};
      checkMoney(merged);
      this.options = merged;
      this.submitted = false;
      await Promise.all([...this.made.values()].map((element) => element.frame && element.dress()));
    }

    // The wallet whose `confirm` is being handled, else the card.
    source(where) {
      const source = this.confirming ?? this.made.get('payment');
      if (!source?.frame) refuse(`${where} needs a mounted Payment Element, or an Express Checkout Element in its confirm event.`);
      return source;
    }

    async submit() {
      const source = this.source('elements.submit()');
      const {error} = source === this.confirming ? {} : await source.frame.ask('submit');
      this.submitted = !error;
      return error ? {error} : {selectedPaymentMethod: 'card'};
    }
  }

  function check(options, known, where) {
    if (typeof options !== 'object' || options === null) refuse(`${where}: you must pass an object of options.`);
    if ('clientSecret' in options) refuse(`${where}: this stand-in has deferred intents only; give mode instead of clientSecret.`);
    if ('paymentMethodTypes' in options) refuse(`${where}: paymentMethodTypes is no longer accepted, use allowedPaymentMethodTypes.`);
    for (const name of Object.keys(options)) {
      if (!known.includes(name)) console.warn(`[Stripe.js] Unrecognized ${where} option: ${name} is not known.`);
    }
  }

  function checkMoney({mode, amount, currency, captureMethod = 'automatic'}) {
    if (!CAPTURES.includes(captureMethod)) {
      refuse(`Invalid value for elements(): captureMethod should be one of ${CAPTURES.join(', ')}. You specified: ${captureMethod}.`);
    }
    if (!MODES.includes(mode)) refuse(`Invalid value for elements(): mode should be one of ${MODES.join(', ')}. You specified: ${mode}.`);
    if (mode === 'setup') return;
    if (!Number.isInteger(amount) || (mode === 'payment' && amount < 1)) {
      refuse(`Invalid value for elements(): amount should be a positive integer of minor units. You specified: ${amount}.`);
    }
    if (!/^[a-z]{3}$/.test(currency ?? '')) {
      refuse(`Invalid value for elements(): currency should be a lowercase ISO currency. You specified: ${currency}.`);
    }
  }

  // What the page would have the wallet's sheet say (https://docs.stripe.com/js/elements_object/express_checkout_element_click_event).
  const SHEET_OPTIONS = [
    'allowedShippingCountries', 'applePay', 'billingAddressRequired', 'business', 'emailRequired', 'lineItems', 'phoneNumberRequired',
    'shippingAddressRequired', 'shippingRates',
  ];
  function checkSheet(payload, amount) {
    check(payload, SHEET_OPTIONS, 'resolve()');
    const items = payload.lineItems ?? [];
    if (!items.every(({name, amount: cost}) => typeof name === 'string' && name && Number.isInteger(cost))) {
      refuse('Invalid value for resolve(): each of lineItems needs a name and an integer amount.');
    }
    if (items.reduce((sum, item) => sum + item.amount, 0) > amount) {
      refuse('The amount you passed to elements() is less than the total amount of the line items.');
    }
  }

  function isLight(colour) {
    const parts = /^rgba?\((\d+), (\d+), (\d+)/.exec(colour);
    if (!parts) return DARK.matches;
    return 0.3 * parts[1] + 0.59 * parts[2] + 0.11 * parts[3] > 127;
  }

  // A frame over the whole page, unseen until it says `show`.
  function overlay(page, title, opening, heard) {
    const before = document.activeElement;
    const overflow = document.documentElement.style.overflow;
    const frame = new Frame(page, title, opening, (said) => {
      clearTimeout(alarm);
      if (said.event !== 'show') return heard(said);
      document.documentElement.style.overflow = 'hidden';
      Object.assign(frame.element.style, {visibility: 'visible', pointerEvents: 'auto'});
      frame.element.focus();
      return undefined;
    });
    const alarm = setTimeout(() => heard({event: 'loaderror', error: unreachable}), PATIENCE);
    Object.assign(frame.element.style, {
      position: 'fixed', inset: '0', width: '100%', height: '100%', border: '0', margin: '0', zIndex: '2147483647',
      visibility: 'hidden', pointerEvents: 'none', colorScheme: 'light dark', background: 'transparent',
    });
    document.body.append(frame.element);
    const close = () => {
      clearTimeout(alarm);
      frame.element.remove();
      document.documentElement.style.overflow = overflow;
      if (before instanceof HTMLElement && before.isConnected) before.focus({preventScroll: true});
    };
    return {ask: (op, body) => frame.ask(op, body), close};
  }

  // The controller is a frame too: hidden while it only reads, over the whole page while the bank asks.
  function consult(stripe, clientSecret, op) {
    if (!/^(pi|seti)_[A-Za-z0-9]+_secret_[A-Za-z0-9]+$/.test(clientSecret ?? '')) {
      refuse(`Invalid value for clientSecret: it should be of the form \${id}_secret_\${secret}. You specified: ${clientSecret}.`);
    }
    return new Promise((resolve) => {
      const opening = {key: stripe.key, account: stripe.account, clientSecret, op, locale: stripe.locale};
      const dialogue = overlay('challenge', 'Your bank asks for confirmation', opening, (said) => {
        dialogue.close();
        resolve(said.event === 'loaderror' ? {error: said.error} : said.body);
      });
    });
  }

  async function retrieve(stripe, clientSecret, kind) {
    if (!String(clientSecret).startsWith(kind === 'paymentIntent' ? 'pi_' : 'seti_')) {
      refuse(`Invalid client secret for a ${kind}: ${clientSecret}.`);
    }
    const {error, intent} = await consult(stripe, clientSecret, 'retrieve');
    return error ? {error} : {[kind]: intent};
  }

  class StripeClient {
    constructor(key, options) {
      this.key = key;
      this.account = options.stripeAccount;
      this.locale = options.locale ?? 'auto';
    }

    elements(options = {}) {
      return new Elements(this, options);
    }

    async createConfirmationToken({elements, params = {}} = {}) {
      if (!(elements instanceof Elements)) refuse('createConfirmationToken() needs the elements it is to read.');
      const source = elements.source('createConfirmationToken()');
      if (!elements.submitted) refuse('elements.submit() must be called, and find no error, before stripe.createConfirmationToken().');
      return source.token(params);
    }

    async handleNextAction({clientSecret} = {}) {
      const answer = await consult(this, clientSecret, 'next');
      if (answer.misuse) refuse(`handleNextAction: ${answer.misuse}`);
      if (answer.leave) {
        location.assign(answer.leave);
        return new Promise(() => {}); // this page is left
      }
      const {error, intent} = answer;
      if (error) return {error};
      return {[intent.object === 'payment_intent' ? 'paymentIntent' : 'setupIntent']: intent};
    }

    async retrievePaymentIntent(clientSecret) {
      return retrieve(this, clientSecret, 'paymentIntent');
    }

    async retrieveSetupIntent(clientSecret) {
      return retrieve(this, clientSecret, 'setupIntent');
    }
  }

  window.Stripe = function Stripe(key, options = {}) {
    if (typeof key !== 'string' || key === '') refuse('Please call Stripe() with your publishable key. You used an empty string.');
    if (/^(sk|rk)_/.test(key)) refuse('You should not use your secret key with Stripe.js. Please pass a publishable key instead.');
    if (!key.startsWith('pk_')) refuse(`Please call Stripe() with your publishable key. You used: ${key}.`);
    return new StripeClient(key, options);
  };
  window.Stripe.version = 'endive';
})();
