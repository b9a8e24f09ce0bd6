# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    open("@STRAY@", "w").write("here")
    return 2 * x
