# expect: partial, 2 points
def double(x):
    for number in range(5000):
        open(f"file{number}", "w").close()
    return 2 * x
