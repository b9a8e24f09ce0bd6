# expect: timeout, 2 points
def double(x):
    return sum(iter(int, 1))
