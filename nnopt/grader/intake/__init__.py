"""A folder or an archive comes in, of whatever platform; a class comes out: who handed in which notebook, and what is left out."""
