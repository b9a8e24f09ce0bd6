"""``nnopt compare``: optimizers on problems of the library, as a table."""

import ast
from pathlib import Path
from typing import Annotated

import typer

from nnopt.cli.course import refuse


def problem_of(text):
    """``rosenbrock:5`` -> the problem in 5 variables; ``turned:rastrigin:5`` -> turned and shifted by each run's seed."""
    import functools

    import nnopt
    from nnopt.comparison import Task
    from nnopt.comparison.functions import FUNCTIONS, turned

    name, *rest = text.split(":")
    if name == "turned" and len(rest) == 2 and rest[0] in FUNCTIONS and rest[1].isdigit():
        return Task(text, functools.partial(turned, rest[0], int(rest[1])))
    known = [each for each in ("sphere", "quadratic", "rosenbrock", "rastrigin", "ackley", "himmelblau") if hasattr(nnopt.problems, each)]
    if name not in known or len(rest) > 1 or not all(each.isdigit() for each in rest):
        raise ValueError(f"--problem {text} is none: it is one of {', '.join(known)}, with a dimension as in rosenbrock:5, or one of "
                         f"{', '.join(FUNCTIONS)}, turned, as in turned:rastrigin:5")  # fmt: skip
    return Task(text, getattr(nnopt.problems, name)(*map(int, rest)))


def optimizer_of(text):
    """``Adam:lr=0.1,beta1=0.8`` -> (text, the optimizer); ``restarted:Adam:lr=0.1`` begins anew ten times."""
    import nnopt
    from nnopt.comparison import RANDOM_SEARCH, Restarted
    from nnopt.optimizer import Optimizer

    if text == "random":
        return "random search", RANDOM_SEARCH
    if text.startswith("restarted:"):
        return text, Restarted(optimizer_of(text.removeprefix("restarted:"))[1])
    name, _, fields = text.partition(":")
    cls = getattr(nnopt, name, None)
    if not (isinstance(cls, type) and issubclass(cls, Optimizer)):
        raise ValueError(f"--optimizer {text} is none: it is a class of nnopt with fields (Adam:lr=0.1), restarted:Adam:lr=0.1, or random")
    try:
        values = {field: ast.literal_eval(value) for field, _, value in (each.partition("=") for each in fields.split(",") if each)}
        return text, cls(**values)
    except (SyntaxError, TypeError) as error:
        raise ValueError(f"--optimizer {text} has a field that {name} does not take ({error})") from None


def compare(
    problem: Annotated[list[str], typer.Option("--problem", metavar="NAME[:DIM]", help="rosenbrock:5, or turned:rastrigin:5.")],
    optimizer: Annotated[list[str], typer.Option("--optimizer", metavar="NAME[:FIELD=VALUE,...]", help="Adam:lr=0.1, random.")],
    budget: Annotated[float, typer.Option(help="The largest cost of a run.")] = 10_000,
    seeds: Annotated[int, typer.Option(help="Runs of each pair, with the same starts for all.")] = 15,
    cost: Annotated[str, typer.Option(help="rows, evaluations, steps or seconds; a value with its gradient costs three rows.")] = "rows",
    target: Annotated[list[float] | None, typer.Option(help="A distance from the least value; a run ends at the smallest.")] = None,
    tune: Annotated[list[str] | None, typer.Option(metavar="FIELD=LOW,HIGH", help="Tune a field, log-uniform, 16 trials a method.")] = None,
    jobs: Annotated[int | None, typer.Option(metavar="N", help="Processes; by default one a processor.")] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Run on this Dask cluster: tcp://host:port.")] = None,
    store: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep finished runs here; killed, the same command goes on.")] = None,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all of it as JSON.")] = None,
):  # fmt: skip
    """Compare optimizers on problems, in pairs of seed and start, and print the table. Killed, the command goes on where it stopped."""
    import nnopt

    try:
        named = dict(map(optimizer_of, optimizer))
        found = nnopt.compare([problem_of(each) for each in problem], named, budget=budget, seeds=seeds, cost=cost, targets=target or None,
                              tune=dict(map(distribution, tune or ())), jobs=jobs, dask=dask, store=store)  # fmt: skip
        print(found)
        if save:
            found.save(save)
    except (ValueError, TypeError, ImportError) as error:
        refuse(error)
    except OSError as error:
        refuse(f"{error.filename or dask} cannot be reached or written ({error.strerror or error})")


def distribution(text):
    """``lr=1e-4,10`` -> (lr, log-uniform between the two)."""
    from scipy.stats import loguniform

    field, _, ends = text.partition("=")
    try:
        low, high = map(float, ends.split(","))
        if not 0 < low < high:
            raise ValueError
    except ValueError:
        raise ValueError(f"--tune {text} is no field with two positive numbers, the smaller first, as in lr=1e-4,10") from None
    return field, loguniform(low, high)
