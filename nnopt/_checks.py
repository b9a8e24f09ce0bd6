"""One sentence for input that cannot be: what it is called, the value, and what is accepted."""

import numpy as np


def numbers(what, values, dtype=np.float64, shape=None, finite=True):
    """``values`` as a new array of real numbers.

    Raises
    ------
    ValueError
        If they are no real numbers, not of ``shape``, or, with ``finite``, not finite.
    """
    try:
        array = np.array(values)
        if array.dtype.kind not in "biuf":
            raise TypeError
        array = array.astype(dtype)
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be an array of real numbers, not {values!r}") from None
    if shape is not None and array.shape != shape:
        raise ValueError(f"{what} has shape {array.shape}, but {shape} is needed")
    if finite and not np.isfinite(array).all():
        entry = int(np.argmin(np.isfinite(array.ravel())))
        raise ValueError(f"{what} must be finite, but entry {entry} is {array.ravel()[entry]}")
    return array


def box(bounds):
    """The lower and the upper ends of a box given as pairs (low, high), or as ``scipy.optimize.Bounds``.

    Raises
    ------
    ValueError
        If a pair is not finite, or not low < high.
    """
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        bounds = np.stack(np.broadcast_arrays(np.atleast_1d(bounds.lb), bounds.ub), axis=1)
    array = numbers("bounds", bounds)
    if array.ndim != 2 or array.shape[1] != 2 or not array.size:
        raise ValueError(f"bounds must be a list of pairs (low, high), not of shape {array.shape}")
    for i, (low, high) in enumerate(array.tolist()):
        if not low < high:
            raise ValueError(f"bounds[{i}] = ({low}, {high}) is not a pair with low < high")
    return array[:, 0].copy(), array[:, 1].copy()


def count(what, value):
    """``value`` as an integer of at least 1.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{what} must be an integer in [1, inf), not {value!r}")
    return int(value)


def number_in(what, value, interval, holds):
    """``value`` as a float for which ``holds`` is true; ``interval`` is how the sentence says it.

    Raises
    ------
    ValueError
        If it is no number, or outside.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(value, (bool, str)) or not holds(number):
        raise ValueError(f"{what} must be a number in {interval}, not {value!r}")
    return number
