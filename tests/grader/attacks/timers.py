# expect: right, 4 points
# An alarm may disturb the student's own process, nobody else's.
import signal


def double(x):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    return 2 * x
