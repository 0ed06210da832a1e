"""The buyer's door: the payment page and what it posts."""
