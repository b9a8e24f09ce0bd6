# expect: timeout, 2 points
import time


def double(x):
    time.sleep(1000)
