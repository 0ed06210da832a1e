"""The gateway: a stateful server that speaks Stripe's API (2026-10-28), and a stand-in for Stripe.js. No card number
is ever stored."""
