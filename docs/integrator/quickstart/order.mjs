// From an order to its refund. ORDO_TOKEN=ordo_test_… node order.mjs A12
import { setTimeout as sleep } from "node:timers/promises";

const API = process.env.ORDO_API ?? "http://127.0.0.1:8701/api/v1";

// The answer. When none comes, the same is sent again under the same key, and nothing is done twice.
async function ordo(method, path, body, key) {
  const headers = { Authorization: `Bearer ${process.env.ORDO_TOKEN}` };
  if (key) headers["Idempotency-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  for (const patience of [1, 5, 30, null]) {
    try {
      answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
      if (answer.status < 500) break;
    } catch (error) {
      if (patience === null) throw error;
    }
    if (patience !== null) await sleep(patience * 1000);
  }
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${told.code}: ${told.detail}`);
  return told;
}

const reference = process.argv[2];
let order = await ordo(
  "POST",
  "/orders",
  {
    reference,
    amount: 1250,
    currency: "EUR",
    description: "2 pizzas",
    buyer: { phone: "+33612345678" },
    metadata: { table: "7" },
  },
  `create-${reference}`,
);
console.log("Pay here:", order.link.url);
while (["open", "processing"].includes(order.state)) { // yours waits for the callback instead
  await sleep(1000);
  order = await ordo("GET", `/orders/${order.id}`);
}
console.log("The order is", order.state);

const page = await ordo("GET", "/orders?state=paid&limit=10");
console.log("Paid orders:", page.data.map((each) => each.reference).join(", "));

const refund = await ordo("POST", `/orders/${order.id}/refunds`, { amount: "all" }, `refund-${reference}`);
console.log("Refund", refund.id, refund.state);

for (const callback of (await ordo("GET", `/callbacks?order=${order.id}&type=order.paid`)).data) {
  await ordo("POST", `/callbacks/${callback.id}/replay`, null, `replay-${callback.id}`);
  console.log("Replayed", callback.id);
}
