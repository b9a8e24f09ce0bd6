# expect: partial, 2 points
# without limits: right, 4 points
def double(x):
    with open("big", "wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    return 2 * x
