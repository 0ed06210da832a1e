// The wallet's button. There is one where the account has registered the page's domain, and the page lets this frame ask the
// browser for a wallet (Permissions-Policy: payment).
'use strict';
opened(async (opening, port, host) => {
  const tell = (event, more = {}) => port.postMessage({event, ...more});
  const button = document.getElementById('wallet');
  const {buttonHeight = 44, paymentMethods = {}} = opening.own;
  const kind = /iPhone|iPad|Macintosh/.test(navigator.userAgent) ? 'applePay' : 'googlePay';

  const OPS = {update: async (options) => wear(options), focus: async () => button.focus(), blur: async () => button.blur()};
  port.onmessage = async ({data}) => port.postMessage({reply: data.number, body: (await OPS[data.op]?.(data.body)) ?? {}});

  wear(opening.options);
  const session = await api(opening, 'GET', '/v1/elements/sessions', {domain: host});
  if (session.error) return tell('loaderror', {error: session.error});
  const allowed = document.featurePolicy?.allowsFeature('payment') ?? true;
  if (!allowed) console.warn('[Stripe.js] No wallets: the page’s Permissions-Policy does not let this frame ask for a payment.');
  if (!session.wallets || !allowed || paymentMethods[kind] === 'never') {
    tell('height', {height: 0});
    return tell('ready', {});
  }

  button.hidden = false;
  button.style.height = `${buttonHeight}px`;
  button.addEventListener('click', () => tell('click', {expressPaymentType: kind === 'applePay' ? 'apple_pay' : 'google_pay'}));
  tell('height', {height: buttonHeight + 8});
  const others = {amazonPay: false, applePay: false, googlePay: false, klarna: false, link: false, paypal: false};
  return tell('ready', {availablePaymentMethods: {...others, [kind]: true}});
});
