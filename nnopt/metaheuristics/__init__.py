"""IV. Metaheuristic optimization."""
