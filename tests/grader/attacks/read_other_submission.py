# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    open("@SUBMISSIONS@/honest/attacks/double.ipynb").read()
    return 2 * x
