"""What a buyer's page may load: the inventory of its scripts (`scripts.toml`), and how a page that was fetched differs from it (`page`).

PCI DSS 4.0.1 asks for both: 6.4.3 for the inventory, 11.6.1 for the comparison, at least weekly, with the page as a buyer's browser gets it.
"""
