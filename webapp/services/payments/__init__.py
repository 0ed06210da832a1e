"""Money and saved cards: tries at the gateway, what came of them, refunds, reconciliation."""
