"""What the Makefile runs: the environment, the checks, the translations. Nothing here is part of the product."""
