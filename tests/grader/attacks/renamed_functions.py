# expect: unfinished, 2 points
# Found by name: another one is another function.
def Double(x):
    return 2 * x


def double_(x):
    return 2 * x
