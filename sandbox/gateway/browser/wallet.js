// The wallet's sheet, over the whole page: which card, yes or no. The page asks for the token once the buyer has said yes.
'use strict';
opened(async (opening, port, host) => {
  const {options} = opening;
  const field = (id) => document.getElementById(id);
  const tell = (event) => port.postMessage({event});
  const chosen = () => document.querySelector('[name=card]:checked').value;

  async function token({setupFutureUsage, payment_method_data: data = {}, ...params}) {
    const answer = await api(opening, 'POST', '/v1/confirmation_tokens', {
      ...params, billing_details: data.billing_details, allow_redisplay: data.allow_redisplay,
      setup_future_usage: setupFutureUsage ?? undefined, elements: madeWith(options), payment_method: `pm_card_${chosen()}`, wallet: opening.wallet,
    });
    return answer.error ? {error: answer.error} : {confirmationToken: answer};
  }
  port.onmessage = async ({data}) => port.postMessage({reply: data.number, body: await token(data.body)});

  wear(options);
  const session = await api(opening, 'GET', '/v1/elements/sessions', {domain: host});
  if (session.error) return tell('cancel');
  const saves = options.mode === 'setup';
  field('question').textContent = word(saves ? 'ask_save' : 'ask_pay');
  field('merchant').textContent = opening.business?.name ?? session.merchant;
  field('amount-line').hidden = saves;
  const money = new Intl.NumberFormat(language, {style: 'currency', currency: options.currency});
  const written = (amount) => money.format(amount / 10 ** money.resolvedOptions().maximumFractionDigits);
  if (!saves) field('amount').textContent = written(options.amount);
  for (const {name, amount} of opening.lineItems) {
    const line = document.createElement('div');
    const [what, cost] = ['dt', 'dd'].map((kind) => line.appendChild(document.createElement(kind)));
    what.textContent = name;
    cost.textContent = written(amount);
    field('amount-line').before(line);
  }
  field('confirm').addEventListener('click', () => {
    for (const part of document.querySelectorAll('button, input')) part.disabled = true;
    setTimeout(() => tell('confirm'), 150); // a face or a finger is looked at
  });
  const leave = () => setTimeout(() => tell('cancel'), 150); // as a sheet that slides away
  field('cancel').addEventListener('click', leave);
  addEventListener('keydown', ({key}) => key === 'Escape' && !field('cancel').disabled && leave());
  field('sheet').hidden = false;
  tell('show');
  return field('confirm').focus();
});
