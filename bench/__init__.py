"""What `make bench` measures. Machines differ: read the ratios within one run."""
