"""VI. Practical considerations: regularization, search of hyperparameters, parallel training."""
