# expect: partial, 2 points
# unguarded: right, 4 points
# Deeper than a program may go that removes them by calling itself.
import os

made = []


def double(x):
    while len(made) < 2100:
        os.mkdir("d")
        os.chdir("d")
        made.append("d")
    return 2 * x
