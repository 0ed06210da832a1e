"""`make scale`: the whole of a large installation on this machine, loaded and killed in parts: nothing lost, nothing double, all told."""
