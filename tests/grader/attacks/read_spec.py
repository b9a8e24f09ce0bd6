# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    open("@COURSE@/solutions/attacks/double.py").read()
    return 2 * x
