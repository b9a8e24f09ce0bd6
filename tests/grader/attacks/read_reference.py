# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    open("@ROOT@/nnopt/__init__.py").read()
    return 2 * x
