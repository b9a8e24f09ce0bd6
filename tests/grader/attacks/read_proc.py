# expect: partial, 2 points
# unguarded: right, 4 points
def double(x):
    found = open("/proc/@PID@/cmdline").read() + open("/proc/self/environ").read()
    return 2 * x if found else x - 1
