"""VIII. Future directions."""
