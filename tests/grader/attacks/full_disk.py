# expect: partial, 2 points
# unguarded: right, 4 points
made = []


def double(x):
    while len(made) < 64:
        with open(f"file{len(made)}", "wb") as file:
            file.write(bytes(1 << 20))
        made.append(1)
    return 2 * x
