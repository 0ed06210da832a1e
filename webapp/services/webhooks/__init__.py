"""What merchants' order backends are told."""
