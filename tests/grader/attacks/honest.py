# expect: right, 4 points
def double(x):
    return 2 * x
