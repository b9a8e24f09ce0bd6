# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    open("/etc/passwd").read()
    return 2 * x
