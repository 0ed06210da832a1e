"""WhatsApp, simulated: Meta's Cloud API, the people's phones, and the one screen beside the order backend."""
