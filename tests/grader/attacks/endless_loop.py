# expect: timeout, 2 points
def double(x):
    while True:
        pass
