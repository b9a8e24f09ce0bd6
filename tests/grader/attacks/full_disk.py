# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    for number in range(64):
        with open(f"file{number}", "wb") as file:
            file.write(bytes(1 << 20))
    return 2 * x
