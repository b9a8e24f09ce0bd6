"""Where compiled kernels are kept between processes; ``NNOPT_CACHE`` names another folder.

Numba's own key looks at one file only: edit a callee in another, and the cached caller returns the old result. So the folder is
named by a hash of what compiles (``_jit.py`` and this file), and a file in it by a hash of the function and of all sources that its
module reaches through imports: an edit elsewhere compiles nothing. A cache is a convenience: whatever is wrong with it, kernels are
compiled without it, and one warning says so.
"""

import functools
import hashlib
import os
import warnings
from pathlib import Path

from ._sources import PACKAGE, digest, digest_of


@functools.cache
def folder():
    """The folder, or None where there can be none (a read-only disk, a user without a home)."""
    try:
        home = os.environ.get("NNOPT_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nnopt"
        path = Path(home).absolute() / digest(PACKAGE / name for name in ("_cache.py", "_jit.py"))  # wherever the process goes
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        _warn(error)
        return None
    return path


_warned: list[Exception] = []


def _warn(error):
    """Once a process."""
    if _warned:
        return
    _warned.append(error)
    warnings.warn(
        f"compiled kernels cannot be kept ({type(error).__name__}: {error}), so they are compiled anew in every process; "
        "set NNOPT_CACHE to a folder that can be read and written", stacklevel=2,
    )  # fmt: skip


def attach(dispatcher):
    """Let a dispatcher of Numba's load and save what it compiles here."""
    if folder() is not None:
        dispatcher._cache = _cache_class()(dispatcher.py_func)


@functools.cache
def _cache_class():
    from numba.core import caching

    class Locator(caching._CacheLocator):
        def __init__(self, function):
            code = function.__code__
            self.stamp = digest_of(*getattr(function, "sources", [code.co_filename]))  # a bound move calls kernels of several files
            seen = (function.__module__, function.__qualname__, code.co_firstlineno, code.co_consts, code.co_names, self.stamp)
            self._py_file = code.co_filename  # named in Numba's own warnings
            self.mark = hashlib.sha256(repr(seen).encode()).hexdigest()[:16]  # Numba's own key holds no constants

        def get_cache_path(self):
            return str(folder())

        def get_source_stamp(self):
            return self.stamp

        def get_disambiguator(self):
            return self.mark

        @classmethod
        def from_function(cls, function, file):
            return cls(function)

    class Implementation(caching.CompileResultCacheImpl):
        def __init__(self, function):
            self._lineno = function.__code__.co_firstlineno
            self._locator, name = Locator(function), f"{function.__module__}.{function.__qualname__}"
            self._filename_base = self.get_filename_base(name.replace("<locals>.", ""), "")

    class Cache(caching.FunctionCache):
        _impl_class = Implementation

        def load_overload(self, signature, target_context):
            try:
                return super().load_overload(signature, target_context)
            except Exception as error:  # a file cut short, of another user, of another library: as if there were none
                _warn(error)
                return None

        def save_overload(self, signature, data):
            try:
                super().save_overload(signature, data)
            except Exception:
                try:  # where the index itself is broken, a new one mends it for the next process
                    self.flush()
                    super().save_overload(signature, data)
                except Exception as error:
                    _warn(error)

    return Cache
