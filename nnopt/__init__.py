"""nnopt: an executable textbook on neural-network optimization.

The public names are imported when they are first used, so that ``import nnopt`` is quick and loads no compiler.
"""

import functools
import importlib
import re
from pathlib import Path

__version__ = "0.1.0"

_SECTIONS = ("training", "gradient", "metaheuristics", "comparison", "practice", "applications", "frontier")
_ELSEWHERE = {
    "minimize": "_minimize",
    "Result": "result",
    "Problem": "problems",
    "Clip": "composition",
    "Decay": "composition",
    "Network": "training.network",
    "check": "grader.student.check",
    "compare": "comparison.compare",
}
_MODULES = ("problems", "datasets", "random", "plotting", "training", "gradient", "metaheuristics", "comparison", "practice")


@functools.cache
def _names():
    """Public name -> module. A class in a section's folders is found by its name: to add an algorithm is to add its file."""
    found = {name: f"{__name__}.{module}" for name, module in _ELSEWHERE.items()}
    for section in _SECTIONS:
        for path in sorted(Path(__file__).parent.glob(f"{section}/**/[a-z]*.py")):
            module = ".".join([__name__, *path.relative_to(Path(__file__).parent).with_suffix("").parts])
            for name in re.findall(r"^class ([A-Z]\w*)\(", path.read_text(encoding="utf8"), re.MULTILINE):
                if found.setdefault(name, module) != module:
                    raise ImportError(f"two public names are {name}: in {found[name]} and in {module}")
    return found


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name == "__all__":
        return __dir__()
    if name.startswith("__") or name not in _names():
        raise AttributeError(f"nnopt has no {name!r}; it has {', '.join(__dir__())}")
    value = globals()[name] = getattr(importlib.import_module(_names()[name]), name)
    return value


def __dir__():
    return sorted({*_names(), *_MODULES})
