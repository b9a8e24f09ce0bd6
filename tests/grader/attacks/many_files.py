# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    for number in range(5000):
        open(f"file{number}", "w").close()
    return 2 * x
