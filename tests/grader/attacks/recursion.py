# expect: partial, 2 points
def double(x):
    return double(x)
