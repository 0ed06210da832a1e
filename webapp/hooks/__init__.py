"""The gateway's and WhatsApp's door: verify, store, acknowledge. The work is done afterwards, by the worker."""
