# expect: crashed, 2 points
import os


def double(x):
    os.abort()
