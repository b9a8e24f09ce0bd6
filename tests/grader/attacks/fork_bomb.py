# expect: partial, 2 points
import os

while True:
    try:
        os.fork()
    except OSError:
        break


def double(x):
    while True:
        os.fork()
