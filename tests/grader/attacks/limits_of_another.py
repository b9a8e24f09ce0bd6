# expect: partial, 2 points
# unguarded: right, 4 points
import resource


def double(x):
    resource.prlimit(int("@PID@"), resource.RLIMIT_CPU, (1, 1))
    return 2 * x
