# expect: partial, 2 points
import threading
import time


def double(x):
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
