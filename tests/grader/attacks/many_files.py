# expect: partial, 2 points
# unguarded: right, 4 points
made = []


def double(x):
    while len(made) < 5000:
        open(f"file{len(made)}", "w").close()
        made.append(1)
    return 2 * x
