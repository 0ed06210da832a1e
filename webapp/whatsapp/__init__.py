"""WhatsApp's Cloud API: sending (`client`), receiving (`inbound`), and reading a command (`grammar`)."""
