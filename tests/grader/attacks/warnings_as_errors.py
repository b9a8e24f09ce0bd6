# expect: right, 4 points
# What numpy warns about, and what the student's side does, would raise.
import contextlib
import warnings

import numpy as np

warnings.simplefilter("error")
np.seterr(all="raise")
warnings.catch_warnings = contextlib.nullcontext
warnings.simplefilter = lambda *args, **kwargs: None
np.errstate = lambda **kwargs: contextlib.nullcontext()


def double(x):
    warnings.filterwarnings("error")
    return 2 * x
