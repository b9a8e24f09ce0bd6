"""VI. Practical considerations: regularization, search of hyperparameters, parallel training."""

_COMMUNICATORS = ("Alone", "MPI", "Threads", "TopK")


def __getattr__(name):
    if name in _COMMUNICATORS:
        from . import parallel

        return getattr(parallel, name)
    raise AttributeError(f"nnopt.practice has no {name!r}; it has {', '.join(_COMMUNICATORS)}")


def __dir__():
    return [*_COMMUNICATORS, "parallel", "regularization", "search"]
