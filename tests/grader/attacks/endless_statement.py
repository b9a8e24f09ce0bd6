# expect: right, 4 points
# A statement that hangs is left out; what comes after it counts.
while True:
    pass


def double(x):
    return 2 * x
