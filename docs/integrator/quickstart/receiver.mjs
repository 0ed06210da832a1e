// Receives callbacks. npm install standardwebhooks; ORDO_SECRET=whsec_… node receiver.mjs
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.ORDO_SECRET);
const applied = new Set(); // yours: a table, written in the transaction that applies the callback

createServer(async (request, answer) => {
  const body = Buffer.concat(await request.toArray()).toString();
  let told;
  try {
    told = webhook.verify(body, request.headers);
  } catch {
    return answer.writeHead(401).end();
  }
  const known = applied.has(request.headers["webhook-id"]);
  applied.add(request.headers["webhook-id"]);
  console.log(known ? "again" : "verified", told.type, told.data.reference);
  answer.writeHead(204).end();
}).listen(process.env.PORT ?? 9000, "127.0.0.1");
