// The bank's question, over the whole page; and, unseen, the reading of an intent by its client secret. As a page of its own
// (`redirect_to_url`), it leads back to the `return_url`.
'use strict';
const onItsOwn = new URLSearchParams(location.search);

function lead({event, body}) {
  if (event !== 'end') return;
  const back = new URL(onItsOwn.get('return_url'));
  const secret = onItsOwn.get('client_secret');
  const noun = secret.startsWith('pi_') ? 'payment_intent' : 'setup_intent';
  back.searchParams.set(noun, secret.split('_secret_')[0]);
  back.searchParams.set(`${noun}_client_secret`, secret);
  back.searchParams.set('redirect_status', body.error ? 'failed' : 'succeeded');
  location.replace(back);
}

(onItsOwn.has('return_url') ? (begin) => begin(
  {key: onItsOwn.get('key'), account: onItsOwn.get('account'), clientSecret: onItsOwn.get('client_secret'), op: 'answer'},
  {postMessage: lead},
) : opened)(async (opening, port) => {
  const who = {key: opening.key, account: opening.account};
  const secret = {client_secret: opening.clientSecret};
  const noun = opening.clientSecret.startsWith('pi_') ? 'payment_intents' : 'setup_intents';
  const intentId = opening.clientSecret.split('_secret_')[0];
  const field = (id) => document.getElementById(id);
  const buttons = [...document.querySelectorAll('button')];
  const end = (body) => port.postMessage({event: 'end', body});

  speak(opening.locale);
  const intent = await api(who, 'GET', `/v1/${noun}/${intentId}`, secret);
  if (intent.error) return end({error: intent.error});
  if (opening.op === 'retrieve') return end({intent});
  if (opening.op === 'next' && intent.next_action?.type === 'redirect_to_url') return end({leave: intent.next_action.redirect_to_url.url});
  if (intent.status !== 'requires_action') {
    return end({misuse: `the intent supplied is not in the requires_action state but ${intent.status}.`});
  }
  const question = await api(who, 'GET', '/v1/3ds2/challenge', secret);
  if (question.error) return end({error: question.error});

  async function answer(outcome) {
    for (const button of buttons) button.disabled = true;
    const result = await api(who, 'POST', '/v1/3ds2/authenticate', {...secret, attempt: question.attempt, outcome});
    if (result.error) {
      for (const button of buttons) button.disabled = false;
      field('problem').textContent = result.error.message;
      return;
    }
    const failure = result.last_payment_error ?? result.last_setup_error;
    end(failure ? {error: {...failure, [result.object]: result}} : {intent: result});
  }

  const saves = question.amount === null;
  field('question').textContent = word(saves ? 'ask_save' : 'ask_pay');
  document.title = word('bank');
  field('merchant').textContent = question.merchant;
  field('means').textContent = `${question.brand[0].toUpperCase()}${question.brand.slice(1)} ••${question.last4}`;
  field('amount-line').hidden = saves;
  if (!saves) {
    const money = new Intl.NumberFormat(language, {style: 'currency', currency: question.currency});
    field('amount').textContent = money.format(question.amount / 10 ** question.exponent);
  }
  field('bank').hidden = false;
  for (const button of buttons) button.addEventListener('click', () => answer(button.value));
  addEventListener('keydown', ({key}) => key === 'Escape' && answer('cancelled'));
  port.postMessage({event: 'show'});
  buttons[0].focus();
});
