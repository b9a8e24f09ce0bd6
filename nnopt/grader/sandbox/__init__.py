"""A student's cells and calls come in; arrays of numbers come out, and nothing else can."""
