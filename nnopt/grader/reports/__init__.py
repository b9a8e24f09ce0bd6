"""A gradebook comes in; pages for teachers and students come out."""
