"""Rows of marks come in and are kept; what counts, and for whom, comes out."""
