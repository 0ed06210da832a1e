// Verifies callbacks as an order backend in JavaScript does: JSON in, a list of [secret, headers, body]; JSON out, for each what the
// library makes of it, or null where it refuses.
import { Webhook } from "standardwebhooks";

let given = "";
for await (const part of process.stdin) given += part;
const found = JSON.parse(given).map(([secret, headers, body]) => {
  try {
    return new Webhook(secret).verify(body, headers);
  } catch {
    return null;
  }
});
process.stdout.write(JSON.stringify(found));
