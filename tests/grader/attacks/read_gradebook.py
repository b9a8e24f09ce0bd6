# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    open("@OUT@/gradebook.sqlite", "rb").read()
    return 2 * x
