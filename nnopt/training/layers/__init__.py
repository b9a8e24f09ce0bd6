"""Layers: each a pair of kernels, forward and backward, and a frozen dataclass."""
