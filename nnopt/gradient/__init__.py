"""III. Gradient-based optimization."""
