"""The outside world, simulated on this machine: gateway, WhatsApp, order backend, identity provider. Imports nothing of `webapp`."""
