// What Google's csp_evaluator says of each Content-Security-Policy that comes in, as JSON on both sides.
// Severity as it defines it: 10 is a hole, 40 may be one, 50 is worth knowing.
import { readFileSync } from "node:fs";
import { CspEvaluator } from "csp_evaluator/dist/evaluator.js";
import { CspParser } from "csp_evaluator/dist/parser.js";

const judge = (policy) =>
  new CspEvaluator(new CspParser(policy).csp).evaluate().map(({ severity, directive, value, description }) => ({
    severity,
    what: [directive, value, description].filter(Boolean).join(" "),
  }));

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(judge)));
