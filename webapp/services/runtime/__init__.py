"""What every service is handed, and what stands below them all: the service context, sealing of secrets, signed links."""
