# expect: partial, 2 points
# unguarded: right, 4 points
import os


def double(x):
    if not os.path.lexists("link"):
        os.symlink("@OUT@/gradebook.sqlite", "link")
    open("link", "rb").read()
    return 2 * x
