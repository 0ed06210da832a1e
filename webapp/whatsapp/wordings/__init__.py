"""What the message templates say, a language a file."""
