"""One kernel, three runtimes: inputs drawn from the annotations, handed to Numba, to plain Python and to WebAssembly.

As a program (with NNOPT_JIT=0, where every kernel and all it calls are plain Python) it answers cases from its input.
"""

import base64
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from nnopt import _loop
from nnopt._fields import hints
from nnopt._jit import parameters
from nnopt.web import figures
from nnopt.web.figures import Replay

HERE = Path(__file__).parent
LIVE = HERE.parents[1] / "nnopt" / "web" / "static" / "live"
IGNORED = [_loop.MADE, _loop.PROGRESS]  # of the ledger: what the loop around a move writes
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 0.5, 1e-300, 5e-324)


# ------------------------------------------------------------------------------------ inputs
def draw(kernel, rng):
    """Random arguments of a kernel: shapes and types as its annotations say, integers that are valid indices."""
    spaces = parameters(kernel)
    length, rows = int(rng.choice([2, 3, 5, 8, 13])), int(rng.choice([1, 4, 7]))
    return [draw_from(space, dict(n=rows, d=length, k=length, m=length), rng) for space in spaces.values()]


def draw_from(space, lengths, rng):
    """A random element of a space."""
    if space.kind == "uint64":
        return rng.integers(0, 2**64, 1, dtype=np.uint64)
    shape = tuple(side if isinstance(side, int) else lengths.get(side, lengths["k"]) for side in space.shape)
    if space.kind == "int64":
        return rng.integers(0, 2 if 1 in shape else lengths["k"], shape) if shape else int(rng.integers(0, 9))
    if not shape:
        return float(rng.uniform(0.05, 0.95))
    drawn = rng.normal(size=shape) * rng.choice([0.3, 1.0, 3.0])
    return abs(drawn) if space.name == "Rplus" else drawn


def spoil(kernel, args, rng):
    """The same arguments with one real number, anywhere among them, replaced by a special value; None if there is none."""
    places = [place for place, space in enumerate(parameters(kernel).values()) if space.kind in ("real", "float64")]
    if not places:
        return None
    place, value = int(rng.choice(places)), float(rng.choice(SPECIAL))
    args = [copy(arg) for arg in args]
    if isinstance(args[place], np.ndarray):
        args[place].flat[rng.integers(args[place].size)] = value
    else:
        args[place] = value
    return args


def copy(arg):
    return arg.copy() if isinstance(arg, np.ndarray) else arg


# ------------------------------------------------------------------------------------ messages
def pack(numbers, dtype=None):
    return base64.b64encode(np.ascontiguousarray(numbers, dtype).tobytes()).decode()


def unpack(text, dtype="float64"):
    return np.frombuffer(base64.b64decode(text), dtype).copy()


def case(kernel, args):
    """A call as a message."""
    packed = []
    for arg in args:
        if isinstance(arg, np.ndarray):
            packed.append({"dtype": str(arg.dtype), "shape": arg.shape, "data": pack(arg)})
        elif isinstance(arg, float):
            packed.append({"dtype": "float64", "data": pack(arg, np.float64)})
        else:
            packed.append({"dtype": "int64", "value": arg})
    return {"kernel": kernel.__name__, "module": kernel.__module__, "args": packed}


def move_case(replay, section, optimizer, surface):
    """The next move of a run as a message: the optimizer's numbers and arrays before it."""
    arrays = {name: {"dtype": str(array.dtype), "data": pack(array)} for name, array in replay.state.arrays.items()}
    fields = {name: getattr(optimizer, name) for name in hints(type(optimizer))}
    fields = {name: value(2) if callable(value) else value for name, value in fields.items()}  # surfaces have two dimensions
    return {
        "optimizer": type(optimizer).__name__, "kernel": type(optimizer).__name__, "section": section, "surface": surface, "t": replay.state.t,
        "fields": fields, "arrays": arrays,
        "given": figures.shown(surface)["arrays"],
        "args": [{"dtype": kept["dtype"], "shape": [], "name": name} for name, kept in arrays.items()],
    }  # fmt: skip


def moved(message):
    """The arrays of an optimizer after the move."""
    surface, name = message["surface"], message["optimizer"]
    optimizer = figures.method(name)(**message["fields"])
    replay = Replay(optimizer, surface, figures.SURFACES[surface].start if optimizer.needs_gradient else None)
    for array, kept in message["arrays"].items():
        replay.state.arrays[array].flat[:] = unpack(kept["data"], kept["dtype"])
    replay.state.t = message["t"]
    with np.errstate(all="ignore"):
        replay.move()
    replay.state.ledger[IGNORED] = 0.0
    return {"arrays": [pack(replay.state.arrays[array]) for array in message["arrays"]], "returned": None}


def arguments(message):
    """The arguments of a case."""
    for arg in message["args"]:
        if "shape" in arg:
            yield unpack(arg["data"], arg["dtype"]).reshape(arg["shape"])
        else:
            yield float(unpack(arg["data"])[0]) if "data" in arg else arg["value"]


def answer(message):
    """The kernel's answer in this process: the arrays it leaves behind, what it returns, or the error it raises."""
    if "optimizer" in message:
        return moved(message)
    function = getattr(importlib.import_module(message["module"]), message["kernel"])
    args = list(arguments(message))
    try:
        with np.errstate(all="ignore"):
            returned = function(*args)
    except (ValueError, OverflowError, ZeroDivisionError) as error:  # math.sin(inf), math.exp(1000): Python refuses
        return {"raised": repr(error)}
    arrays = [pack(arg) for arg in args if isinstance(arg, np.ndarray)]
    return {"arrays": arrays, "returned": None if returned is None else pack(returned, np.float64)}


# ------------------------------------------------------------------------------------ the three runtimes
def in_numba(cases):
    return [answer(message) for message in cases]


def in_python(cases):
    done = subprocess.run(
        [sys.executable, __file__], input=json.dumps(cases), capture_output=True, text=True, timeout=120,
        env={**os.environ, "NNOPT_JIT": "0"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_node(node, cases, section, folder=LIVE):
    module = folder / f"kernels-{section}.js"
    done = subprocess.run(
        [node, HERE / "answer.js", LIVE / "nnopt.js", module], input=json.dumps(cases), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_page(page, cases):
    """In a browser's page that has loaded `answer.js`."""
    return page.evaluate("cases => answer(cases)", cases)


# ------------------------------------------------------------------------------------ comparison
def difference(a, b):
    """The largest difference of two arrays, relative to numbers above 1; NaN equals NaN, infinity only itself."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind in "iu":
        return 0.0 if np.array_equal(a, b) else np.inf
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    both = np.isfinite(a) & np.isfinite(b)
    with np.errstate(all="ignore"):
        far = np.where(both, np.abs(a - b) / np.maximum(1.0, np.abs(b)), np.inf)
    return float(np.max(np.where(same, 0.0, far), initial=0.0))


def disagreement(message, one, two):
    """How far two answers to a case lie apart."""
    dtypes = [arg["dtype"] for arg in message["args"] if "shape" in arg]
    gaps = [
        difference(unpack(a, dtype), unpack(b, dtype))
        for a, b, dtype in zip(one["arrays"], two["arrays"], dtypes, strict=True)
    ]
    if (one["returned"] is None) != (two["returned"] is None):
        return np.inf
    if one["returned"] is not None:
        gaps.append(difference(unpack(one["returned"]), unpack(two["returned"])))
    return max(gaps, default=0.0)


def is_finite(message, found):
    """Whether an answer holds finite numbers only."""
    numbers = [unpack(a) for a, arg in zip(found["arrays"], (x for x in message["args"] if "shape" in x), strict=True)
               if arg["dtype"] == "float64"]
    numbers += [unpack(found["returned"])] if found["returned"] is not None else []
    return all(np.isfinite(part).all() for part in numbers)


if __name__ == "__main__":
    json.dump([answer(message) for message in json.load(sys.stdin)], sys.stdout)
