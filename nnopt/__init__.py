"""nnopt: an executable textbook on neural-network optimization."""
