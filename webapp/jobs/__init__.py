"""The clock's door: the worker's loop over rows that are due. Nothing else knows what is to be done, so nothing is forgotten."""
