# expect: timeout, 2 points
def double(x):
    while True:
        print("all right, 4 of 4 points " * 1000)
