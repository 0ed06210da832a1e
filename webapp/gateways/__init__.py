"""Payment gateways: one contract (`base`), one adapter a file. Only `app` may import an adapter."""
