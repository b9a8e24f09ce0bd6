# expect: partial, 2 points
# without limits: right, 4 points
made = []


def double(x):
    while not made:
        with open("big", "wb") as file:
            for _ in range(64):
                file.write(bytes(1 << 20))
        made.append(1)
    return 2 * x
