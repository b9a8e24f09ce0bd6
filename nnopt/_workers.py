"""A generation's points looked at in other processes: for objectives in Python that cost milliseconds."""

import contextlib
import os

from ._checks import count, shown


def evaluated(fun, points):
    """The values of some points, in another process."""
    return [fun(x) for x in points]


class Ahead:
    """A Python function that knows the values of a generation before it is asked for them, one by one.

    Parameters
    ----------
    fun : callable
        Of an array of shape (d,).
    workers : int or callable
        So many processes (-1: one for each processor), or a function like ``map``, as of a pool or a cluster.
    """

    def __init__(self, fun, workers):
        if not callable(workers):
            number = os.cpu_count() if workers == -1 and not isinstance(workers, bool) else workers
            self.number = count("workers", number)
        self.fun, self.workers, self.known, self.died = fun, workers, {}, False
        self.__name__ = getattr(fun, "__name__", "fun")

    def __call__(self, x):
        key = x.tobytes()
        return self.known[key] if key in self.known else self.fun(x.copy())

    def look(self, points):
        """Have the values of these points, shape (n, d), looked at. The order in which workers answer changes nothing."""
        self.known = {}
        values = self._spread(points.copy())
        self.known = {x.tobytes(): value for x, value in zip(points, values, strict=True)}

    def _spread(self, points):
        if callable(self.workers):
            return list(self.workers(self.fun, list(points)))
        if self.number == 1:
            return evaluated(self.fun, points)
        from concurrent.futures.process import BrokenProcessPool

        try:
            return self._in_processes(points)
        except BrokenProcessPool as error:
            if self.died:
                raise RuntimeError(f"a worker process died while it evaluated {self.__name__}, and so did the one in its place") from error
            self.died = True  # once it may have been an accident: new processes, the same points
            try:
                return self._in_processes(points)
            except BrokenProcessPool as again:
                raise RuntimeError(f"a worker process died while it evaluated {self.__name__}, and so did the one in its place") from again

    def _in_processes(self, points):
        from joblib.externals.loky import get_reusable_executor

        size = max(1, len(points) // (4 * self.number))
        parts = [points[i : i + size] for i in range(0, len(points), size)]
        pool = get_reusable_executor(max_workers=self.number)
        futures = []
        try:
            futures = [pool.submit(evaluated, self.fun, part) for part in parts]
            return [value for future in futures for value in future.result()]
        except Exception as error:
            for future in futures:
                future.cancel()
            if _no_pickle(error):
                raise ValueError(f"workers = {self.number}: {self.__name__} cannot be sent to other processes, "
                                 f"since {shown(_reason(error))}; take workers=None") from error  # fmt: skip
            raise


def _no_pickle(error):
    import pickle

    return isinstance(error, pickle.PicklingError) or "pickle" in str(error)


def _reason(error):
    with contextlib.suppress(Exception):
        return str(error.__cause__ or error).splitlines()[-1]
    return "of an error"
