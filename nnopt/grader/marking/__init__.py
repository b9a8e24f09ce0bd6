"""An exercise and the answers to its calls come in; points, and what a student reads, come out."""
