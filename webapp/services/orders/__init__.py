"""Orders' life, and what buyers and merchants see of it."""
