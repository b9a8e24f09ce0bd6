"""A student's notebook comes in, on the student's own machine; the same feedback comes out that the grader gives."""
