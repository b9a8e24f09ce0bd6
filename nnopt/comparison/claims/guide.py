"""The decision guide of the conclusion: branches that end at a method, a page and a line of code, each citing claims of the ledger."""

from dataclasses import dataclass
from html import escape

import numpy as np

from .ledger import SIGNS, ledger, table


@dataclass(frozen=True)
class Branch:
    """What is asked, in order, with the answer; then what to use, where it is explained, the code, and the claims that it rests on."""

    path: tuple
    use: str
    page: str
    code: str
    claims: tuple


GRADIENT, NONE = "a gradient: yes", "a gradient: no"
BATCHES = "rows in batches"
GUIDE = (
    Branch(
        (GRADIENT, "all rows in every step, few parameters"),
        "L-BFGS; momentum where memory is short",
        "gradient/lbfgs",
        "nnopt.LBFGS()",
        ("momentum-curvature",),
    ),
    Branch(
        (GRADIENT, BATCHES, "inputs of very unequal frequency (words)"),
        "an adaptive rate",
        "gradient/rmsprop",
        "nnopt.RMSprop(lr=0.01)",
        ("adaptive-sparse", "choice-quality"),
    ),
    Branch(
        (GRADIENT, BATCHES, "a deep network"),
        "Adam, its rate tuned",
        "gradient/adam",
        "nnopt.Adam(lr=0.003)",
        ("choice-speed", "meta-deep"),
    ),
    Branch(
        (GRADIENT, BATCHES, "anything else"),
        "the method at hand, its rate tuned; a batch that fits the machine",
        "gradient/mini_batch_gd",
        "nnopt.MiniBatchGD(lr=0.1)",
        ("choice-quality", "batch-compromise", "momentum-noise"),
    ),
    Branch(
        (GRADIENT, "many minima, few parameters"),
        "restarts of a gradient method, beside a population",
        "metaheuristics/de",
        "nnopt.DE()",
        ("meta-escape",),
    ),
    Branch(
        (NONE, "real numbers, up to a thousand"),
        "CMA-ES or differential evolution, restarted",
        "metaheuristics/cmaes",
        "nnopt.CMAES()",
        ("meta-escape",),
    ),
    Branch(
        (NONE, "real numbers, a whole network"),
        "make it differentiable, if there is any way",
        "metaheuristics/networks",
        "nnopt.SepCMAES()",
        ("meta-deep", "iterations-time"),
    ),
)


def told(name):
    """A claim with its sign and verdict."""
    return f"{name} ({SIGNS[ledger()[name].verdict.name]} {ledger()[name].verdict.name})"


def as_table():
    head = "<thead><tr><th>your problem</th><th>use</th><th>code</th><th>because</th></tr></thead>"
    rows = "".join(
        f'<tr><td>{escape("; ".join(b.path))}</td><td><a href="{b.page}.html">{escape(b.use)}</a></td>'
        f"<td><code>{escape(b.code)}</code></td><td>{'; '.join(map(told, b.claims))}</td></tr>"
        for b in GUIDE
    )
    return f'<div class="scrolls" tabindex="0"><table class="table">{head}<tbody>{rows}</tbody></table></div>'


def as_questions(branches=GUIDE, depth=0):
    """The same as questions that open one after the other; without scripts."""
    found = ""
    for answer in dict.fromkeys(branch.path[depth] for branch in branches):
        some = [branch for branch in branches if branch.path[depth] == answer]
        if len(some) == 1 and len(some[0].path) == depth + 1:
            (end,) = some
            because = "; ".join(map(told, end.claims))
            inner = f'<p><a href="{end.page}.html">{escape(end.use)}</a>: <code>{escape(end.code)}</code> ({because})</p>'
        else:
            inner = as_questions(some, depth + 1)
        found += f'<details style="margin-left: {1.2 * depth}em"><summary>{escape(answer)}</summary>{inner}</details>'
    return found


def first_ranked():
    """Five described problems -> the method that the stored runs rank first: by what is asked."""
    choices, escape_runs = table("choices")["runs"], table("escape")
    functions, restarts = escape_runs["functions"], table("restarts")["functions"]

    def cheapest(problem, *tables, methods=None):
        found = {m: cost for runs in tables for (p, m), cost in runs.expected_runtime().items() if p == problem}
        return min(methods or found, key=found.get)

    def most_accurate(problem):
        methods = [m for m in choices.methods if m.endswith("value")]
        return max(methods, key=lambda m: np.median(choices.values(problem, m, "score")))

    speed = [m for m in choices.methods if m.endswith("cost")]
    found = {
        "a text classifier on word counts, by test accuracy": most_accurate("text"),
        "a residual network of 12 layers, by test accuracy": most_accurate("digits 64-[32]x12-10 residual"),
        "a shallow network on digits, by cost to a small training loss": cheapest("digits 64-64-10", choices, methods=speed),
        "a rugged function of 10 variables (Rastrigin), by cost to the minimum": cheapest("rastrigin 10", functions, restarts),
        "a rugged function with a bowl beneath (Griewank, 10 variables)": cheapest("griewank 10", functions, restarts),
    }
    return {problem: name.partition(", tuned")[0] for problem, name in found.items()}
