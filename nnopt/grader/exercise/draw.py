"""How the inputs of a case are drawn: shapes, sizes and memory layouts are the harness's business, not the author's."""

from dataclasses import dataclass, field

import numpy as np

# Significant digits of an input: more than a spec writes, fewer than rounding touches.
DIGITS = {np.dtype(np.float64): 12, np.dtype(np.float32): 6}


@dataclass(frozen=True)
class Form:
    """The outside of an input array: its shape (or the lengths of its named axes), type and memory layout."""

    shape: tuple = (5,)
    dtype: type = np.float64
    layout: str = "C"
    sizes: dict = field(default_factory=dict)


# An answer that holds for ordinary vectors must hold for these forms, too. Functions of one array's elements take any shape ...
ELEMENTWISE = {
    "a matrix": Form(shape=(3, 4)),
    "a single number (0-d)": Form(shape=()),
    "an empty array": Form(shape=(0,)),
    "float32": Form(shape=(7,), dtype=np.float32),
    "every second element of a larger array": Form(shape=(6,), layout="strided"),
    "Fortran order": Form(shape=(3, 2), layout="F"),
}
# ... and functions of a table (a batch, a swarm) any number of rows and any layout.
TABLES = {
    "a single row": Form(sizes={"n": 1}),
    "float32": Form(dtype=np.float32),
    "every second element of a larger array": Form(layout="strided"),
    "Fortran order": Form(layout="F"),
}


class Draw:
    """Random inputs of one case.

    Each method returns one array: of the case's shape, or, where axes are named (``d.normal("n", "d")``), of those axes' lengths.
    Values have two decimals, so that a student can copy an input from the feedback and work it out by hand (`readable` sees to
    what is computed from them).
    """

    def __init__(self, rng, form=None, sizes=None):
        self.rng, self.form = rng, form or Form()
        self.size = {**(sizes or {}), **self.form.sizes}

    def lengths(self, axes):
        """The shape an array with these named axes gets."""
        return tuple(self.size[a] for a in axes) if axes else self.form.shape

    def lay(self, values, dtype=None):
        """These values as an array of the case's type and memory layout."""
        a = np.asarray(values, dtype or self.form.dtype)
        if self.form.layout == "strided" and a.ndim:
            a = every_second(a)
        return np.asfortranarray(a) if self.form.layout == "F" and a.ndim > 1 else a

    def normal(self, *axes, scale=1.0):
        """Normal with standard deviation `scale`."""
        return self.lay(scale * np.round(self.rng.standard_normal(self.lengths(axes)), 2))

    def uniform(self, *axes, low=0.0, high=1.0):
        """Uniform in ``[low, high]``."""
        return self.lay(np.round(self.rng.uniform(low, high, self.lengths(axes)), 2))

    def positive(self, *axes, scale=1.0):
        """Uniform in ``[0.1, 2] * scale``."""
        return self.lay(scale * np.round(self.rng.uniform(0.1, 2.0, self.lengths(axes)), 2))

    def spread(self, *axes, low=1e-12, high=1e6):
        """Either sign, magnitudes log-uniform in ``[low, high]``, three digits: this tells 'inside the root' from 'outside'."""
        shape = self.lengths(axes)
        values = np.exp(self.rng.uniform(np.log(low), np.log(high), shape)) * self.rng.choice([-1.0, 1.0], shape)
        return self.lay(np.reshape([float(f"{x:.3g}") for x in np.ravel(values)], shape))

    def labels(self, *axes, classes):
        """Whole numbers ``0 ... classes - 1`` (int64)."""
        return self.lay(self.rng.integers(0, classes, self.lengths(axes)), np.int64)

    def number(self, low, high):
        """One number, uniform, two digits."""
        return float(f"{self.rng.uniform(low, high):.2g}")

    def log(self, low, high):
        """One number, log-uniform, two digits."""
        return float(f"{np.exp(self.rng.uniform(np.log(low), np.log(high))):.2g}")

    def integer(self, low, high):
        """One whole number in ``low ... high``."""
        return int(self.rng.integers(low, high + 1))


def readable(a):
    """An input with at most `DIGITS` digits: what a spec computes from drawn values is ``1.255``, not ``1.2550000000000001``.

    Its memory layout stays.
    """
    if isinstance(a, float):
        return type(a)(f"{a:.12g}")     # a number of NumPy's stays one: it has a shape
    if isinstance(a, np.ndarray) and a.dtype in DIGITS:
        short = np.reshape([float(f"{x:.{DIGITS[a.dtype]}g}") for x in a.ravel().tolist()], a.shape).astype(a.dtype)
        if not np.array_equal(short, a, equal_nan=True):
            a[...] = short
    return a


def every_second(a):
    """The same values as a view of every second element of a larger array."""
    larger = np.zeros(a.shape[:-1] + (2 * a.shape[-1],), a.dtype)
    larger[..., ::2] = a
    return larger[..., ::2]


@dataclass
class Case:
    """One input of a function: the situation's name, the arguments by name, the form if it is a case of forms."""

    situation: str
    args: dict
    form: Form | None = None

    @property
    def eps(self):
        """The rounding unit of its arrays' type."""
        return float(np.finfo(self.form.dtype if self.form else np.float64).eps)
