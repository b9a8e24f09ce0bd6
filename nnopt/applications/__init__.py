"""VII. Applications."""
