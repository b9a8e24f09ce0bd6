# expect: right, 4 points
# What goes on behind an answer is ended with the process.
import threading


def forever():
    while True:
        sum(range(1000))


for _ in range(2):
    threading.Thread(target=forever, daemon=True).start()


def double(x):
    return 2 * x
