"""One sentence for input that cannot be: what it is called, the value, and what is accepted."""

import numpy as np


def shown(value):
    """A value as a sentence shows it: one line, and short."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 90 else f"{text[:60]} ... {text[-20:]}"


def numbers(what, values, dtype=np.float64, shape=None, finite=True):
    """``values`` as a new, contiguous array of real numbers: whatever is a number to Python, a ``Fraction`` or 10**20, too.

    Raises
    ------
    ValueError
        If they are no real numbers, not of ``shape``, or, with ``finite``, not finite.
    """
    try:
        array = np.array(values)
        if array.dtype.kind == "O":
            array = np.array([_real(value) for value in array.ravel()]).reshape(array.shape)
        if array.dtype.kind not in "biuf" or np.ma.is_masked(values):
            raise TypeError
        with np.errstate(over="ignore"):
            given, array = array, np.array(array, dtype, order="C")
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{what} must be an array of real numbers, not {shown(values)}") from None
    if array.dtype.kind == "f" and (np.isinf(array) & np.isfinite(given)).any():
        raise ValueError(f"{what} must be numbers that {array.dtype} can hold, not {shown(given.tolist())}")
    if shape is not None and array.shape != shape:
        raise ValueError(f"{what} has shape {array.shape}, but {shape} is needed")
    if finite and not np.isfinite(array).all():
        entry = int(np.argmin(np.isfinite(array.ravel())))
        raise ValueError(f"{what} must be finite, but entry {entry} is {array.ravel()[entry]}")
    return array


def integers(what, values, shape=None):
    """``values`` as a new, contiguous array of int64.

    Raises
    ------
    ValueError
        If they are no integers, or not of ``shape``.
    """
    given = numbers(what, values, shape=shape)  # as floats, which hold integers up to 2**53
    found = np.asarray(values)
    exact = found.dtype.kind in "iub" or (found.dtype.kind == "O" and all(isinstance(v, (int, np.integer)) for v in found.ravel()))
    fits = (given >= -(2.0**63)) & (given < 2.0**63) & (exact | (given == np.floor(given)))
    if not fits.all():
        entry = int(np.argmin(fits.ravel()))
        raise ValueError(f"{what} must be integers, but entry {entry} is {given.ravel()[entry]}")
    try:
        return np.array(found if exact else given, np.int64, order="C")
    except OverflowError:  # the float is smaller than the integer
        raise ValueError(f"{what} must be integers below 2**63, not {shown(values)}") from None


def precision(what, dtype):
    """"float64" or "float32", however it is said.

    Raises
    ------
    ValueError
        If it is another type.
    """
    try:
        name = np.dtype(dtype).name if isinstance(dtype, (str, type, np.dtype)) else ""
    except TypeError:
        name = ""
    if name not in ("float64", "float32"):
        raise ValueError(f"{what} must be float64 or float32, not {shown(dtype)}")
    return name


def points_of(what, points, kind):
    """Refuse points, shape (..., d), that are none of their kind.

    Raises
    ------
    ValueError
        If a permutation is none, or a bit neither 0 nor 1.
    """
    for point in np.atleast_2d(points) if kind == "permutations" else ():
        if (np.sort(point) != np.arange(point.size)).any():
            raise ValueError(f"{what} must be a permutation of 0 ... {point.size - 1}, not {shown(point.tolist())}")
    if kind == "bits" and not np.isin(points, (0, 1)).all():
        raise ValueError(f"{what} must hold zeros and ones, not {shown(points.tolist())}")


def _real(value):
    """A number of Python as a float; text, which ``float`` would read too, is none."""
    if isinstance(value, (str, bytes)):
        raise TypeError
    return float(value)


def number(what, value):
    """``value`` as a float: whatever is one number to Python or an array of one, NaN and infinities, too.

    Raises
    ------
    TypeError
        If it is none.
    """
    if type(value) is float:
        return value
    try:
        array = np.asarray(value)
        if array.size == 1 and array.dtype.kind in "fiubO" and not np.ma.is_masked(value):
            return _real(array.item())
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{what} must be one number, not {shown(value)}") from None
    raise TypeError(f"{what} must be one number, not {array.dtype} of shape {array.shape}")


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
        if not np.isfinite(high - low):
            raise ValueError(f"bounds[{i}] = ({low}, {high}) is wider than the largest number, 1.8e308")
    return array[:, 0].copy(), array[:, 1].copy()


def count(what, value):
    """``value`` as an integer of at least 1.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{what} must be an integer in [1, inf), not {shown(value)}")
    return int(value)


def number_in(what, value, interval, holds):
    """``value`` as a float for which ``holds`` is true; ``interval`` is how the sentence says it.

    Raises
    ------
    ValueError
        If it is no number, or outside.
    """
    try:
        real = np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iufO" and not np.ma.is_masked(value)
        number = float(value) if real else np.nan
    except (TypeError, ValueError, OverflowError):
        number = np.nan
    if not holds(number):
        raise ValueError(f"{what} must be a number in {interval}, not {shown(value)}")
    return number
