# expect: partial, 2 points
import numpy as np
import numpy.testing

for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, lambda *args, **kwargs: None)
np.allclose = np.isclose = np.array_equal = np.equal = lambda *args, **kwargs: True
np.abs = np.absolute = lambda x: 0
np.testing = None


def double(x):
    return x - 1
