// One of two identity providers that others wrote, on a free port, until standard input ends. It is told as JSON, on the first line, which
// ("oidc-provider" or "oauth2-mock-server"), the client, and the address of each person by the name that is typed to log in. It prints its issuer.
import { createServer } from "node:http";
import { createInterface } from "node:readline";

// As its own documentation begins: nothing is set but who the client and the people are, and which claims stand behind a scope.
async function oidcProvider({ client, people }) {
  const { Provider } = await import("oidc-provider");
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id, email: people[id], email_verified: true }),
    }),
  });
  server.on("request", provider.callback());
  return issuer;
}

// Logs everybody in as "johndoe" without asking, and tells no address unless it is told to.
async function mockServer({ people }) {
  const { OAuth2Server } = await import("oauth2-mock-server");
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  server.service.on("beforeUserinfo", (answer) => {
    answer.body = { sub: "johndoe", email: people.johndoe, email_verified: "true" };
  });
  await server.start(0, "127.0.0.1");
  return server.issuer.url;
}

const lines = createInterface({ input: process.stdin });
lines.once("line", async (line) => {
  const given = JSON.parse(line);
  console.log(await (given.kind === "oidc-provider" ? oidcProvider : mockServer)(given));
});
lines.on("close", () => process.exit(0));
