# expect: crashed, 2 points
# Copies of the grader's descriptors, as many as there may be; then answers into the questions.
import os


def double(x):
    for _ in range(40):
        os.dup(4)
    os.dup2(3, 4)
    return 2 * x
