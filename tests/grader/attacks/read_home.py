# expect: partial, 2 points
# unguarded: right, 4 points
import os


def double(x):
    os.listdir("@HOME@")
    return 2 * x
