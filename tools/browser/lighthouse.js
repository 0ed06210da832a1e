// What Lighthouse says of a page to a phone, by its own rules: each category's score of 100, and what keeps it from 100. The path of Chromium
// the page's address and, for one behind a login, the cookie come in as JSON, what it says goes out as JSON.
import { readFileSync } from "node:fs";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const { chromium, address, cookie } = JSON.parse(readFileSync(0, "utf8"));
const browser = await launch({ chromePath: chromium, chromeFlags: ["--headless=new", "--no-sandbox"], logLevel: "error" });
try {
  const { lhr } = await lighthouse(address, {
    port: browser.port,
    logLevel: "error",
    extraHeaders: cookie ? { Cookie: cookie } : undefined,
    onlyCategories: ["performance", "accessibility", "best-practices"],
  });
  const found = Object.entries(lhr.categories).map(([name, { score, auditRefs }]) => [name, {
    score: Math.round(score * 100),
    lacks: auditRefs
      .map(({ id, weight }) => ({ ...lhr.audits[id], weight }))
      .filter(({ weight, score }) => weight && score !== null && score < 1)
      .map(({ id, title, displayValue }) => [id, title, displayValue].filter(Boolean).join(": ")),
  }]);
  console.log(JSON.stringify({ error: lhr.runtimeError?.message ?? null, warnings: lhr.runWarnings, categories: Object.fromEntries(found) }));
} finally {
  browser.kill();
}
