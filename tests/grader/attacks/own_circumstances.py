# expect: partial, 2 points
# Zone, umask, folder, language, chance and how the processor rounds: changed for itself, and not found so by the next one.
import ctypes
import locale
import os
import random
import time

import numpy as np

libm = ctypes.CDLL(None)
circumstances = (time.tzname[0], os.umask(0o777), os.getcwd(), locale.getlocale(), os.environ.get("LEFT"), libm.fegetround(), np.random.rand(),
                 random.random(), np.geterr()["divide"])  # fmt: skip
os.environ.update(TZ="Asia/Tokyo", LEFT="here")
time.tzset()
locale.setlocale(locale.LC_ALL, "C")
os.chdir("/")
np.seterr(all="ignore")
libm.fesetround(0xC00 if os.uname().machine == "x86_64" else 0xC00000)
changed = circumstances[4:6] != (None, 0) or circumstances[1] != 0o22 or circumstances[0] == "JST" or circumstances[6] != 0.5488135039273248


def double(x):
    return 2 * x if changed else x - 1
