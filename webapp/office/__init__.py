"""The merchant's door: login, orders, and what can be done with them."""
