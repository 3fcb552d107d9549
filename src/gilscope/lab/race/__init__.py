"""Is `counter += 1` safe, with the GIL and without?"""
