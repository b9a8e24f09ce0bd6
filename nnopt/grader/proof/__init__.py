"""A spec comes in; out comes whether it can be trusted: what it misses, what it takes for wrong, how often by chance."""
