"""What operators of an installation look at: check-up, payment pages as they are received."""
