"""BLAS with one thread while networks train: their products are too small for two."""

import contextlib
import functools
import importlib
import threading

from threadpoolctl import ThreadpoolController


@functools.cache
def blas_libraries():
    """The BLAS libraries of this process, looked up once: that reads a list of all its files, 5 to 20 ms."""
    importlib.import_module("scipy.linalg.cython_blas")  # what the kernels' products call

    return ThreadpoolController()


class OneThread:
    """BLAS with one thread, since a second makes products of this size slower. The limit is the process's: the first run that
    is under way sets it, and the last to end lifts it."""

    def __init__(self):
        self.lock, self.runs, self.limit = threading.Lock(), 0, contextlib.ExitStack()

    def __enter__(self):
        with self.lock:
            if self.runs == 0:
                self.limit.enter_context(blas_libraries().limit(limits=1, user_api="blas"))
            self.runs += 1

    def __exit__(self, *error):
        with self.lock:
            self.runs -= 1
            if self.runs == 0:
                for library in blas_libraries().lib_controllers:  # threadpoolctl heeds the thread that set a limit, while it lives
                    getattr(library, "clear_controlling_thread", lambda force: None)(force=True)
                self.limit.close()


one_thread = OneThread()
