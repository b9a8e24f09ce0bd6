"""Answers that a person marks come in; their points come out, as a table or from a page in the browser."""
