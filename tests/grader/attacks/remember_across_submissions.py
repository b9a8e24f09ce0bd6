# expect: partial, 2 points
# unguarded: right, 4 points
# Files of an earlier process of this submission, or of another one.
import os
import tempfile

places = [place for place in (".", "/box", "/tmp", "/dev/shm", tempfile.gettempdir()) if os.access(place, os.W_OK)]
found = [os.path.join(place, name) for place in places for name in os.listdir(place)]
kept = []
for place in places:
    try:
        open(os.path.join(place, "nnopt-seen-@PID@"), "w").close()
        kept.append(place)
    except OSError:
        pass


def double(x):
    return 2 * x if found else x - 1
