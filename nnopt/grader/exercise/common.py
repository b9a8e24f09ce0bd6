"""What exercises of a kind share: the mistakes of loops and steps, and inputs. A spec imports what fits, and adds its own."""

import numpy as np

from .problems import Objective
from .spec import wrong

MANY_TIMES = "The list holds one array many times, and the loop writes into it."
COUNT = "How many points has a path of one step?"


def path(last=0):
    """Mistakes of a loop that collects `path`, a list that begins with `theta`; the last point alone keeps so many points."""
    return (
        wrong("the last point only", "Asked for is the whole path.", "What shape has the result?", returns="theta", keeps=last),
        wrong("every point is the last one", MANY_TIMES, "Does x -= ... make a new array?", returns="np.array(path[-1:] * len(path))"),
        wrong("every point but the start is the last one", MANY_TIMES, "Does x -= ... make a new array?",
              returns="np.array(path[:1] + path[-1:] * (len(path) - 1))"),
        wrong("leaves out the start", "The path begins after the first step.", "What is path[0]?", returns="np.array(path[1:])", keeps=2),
    )  # fmt: skip


def one_gradient(at="step 2"):
    """The mistake of a loop with ``g = grad(theta)`` that asks once."""
    return wrong("one gradient for all steps", "The gradient is taken at the start only.", f"Where do you stand at {at}?",
                 g="grad(path[0])")  # fmt: skip


def counted(loop, name="steps", keeps=0):
    """One step short and one too many, of a loop over ``range(name)`` or ``range(1, name + 1)``."""
    from_one = f"range(1, {name} + 1)" in loop.source
    old, less, more = (
        (f"{name} + 1", name, f"{name} + 2") if from_one else (f"range({name})", f"range({name} - 1)", f"range({name} + 1)")
    )
    few, many = ("The path has one step too few.", "The path has one step more than asked for.")
    if name != "steps":  # a limit, which a loop may also not reach
        few = many = f"The loop may take {name} steps."
    return (wrong("one step short", few, COUNT, edit=(old, less), keeps=keeps),
            wrong("one step too many", many, COUNT, edit=(old, more), keeps=keeps))  # fmt: skip


def forgets(step, memory):
    """The mistake of a loop that begins its memory, the names after theta, anew in each round."""
    names = ", ".join(["theta", *memory])
    blanks = ", ".join(["theta", *"_" * len(memory)])
    says = f"{'The averages begin' if len(memory) > 1 else memory[0] + ' begins'} anew at each step."
    return wrong(f"forgets {' and '.join(memory)}", says, "What must survive from one step to the next?",
                 edit=(f"{names} = {step}", f"{blanks} = {step}"))  # fmt: skip


def downhill(new, points=0):
    """Mistakes of a step whose last line is ``theta = theta - lr * (new)``: uphill, without the rate, the step alone."""
    return (
        wrong("uphill", "The step goes along the gradient, not against it.", "Does the loss fall?", theta=f"theta + lr * ({new})",
              keeps=points),
        wrong("no learning rate", "The step is not multiplied by lr.", "Put lr = 0: where should theta be?", theta=f"theta - ({new})"),
        wrong("the step alone", "Asked for is the new point, not the way to it.", "What is returned when the gradients were always zero?",
              theta=f"-lr * ({new})"),
    )  # fmt: skip


# ------------------------------------------------------------------------------------ inputs
def bowl(d, lr=(0.05, 0.3), steps=(8, 20), **numbers):
    """Inputs of a descent in a bowl of two dimensions: grad, theta, steps, lr, then the method's own numbers."""
    Q = d.rng.standard_normal((2, 2))
    return dict(grad=Objective("quadratic_gradient", np.round(Q @ Q.T + 0.5 * np.eye(2), 2), d.normal("d")),
                theta=d.normal("d", scale=2), steps=d.integer(*steps), lr=d.log(*lr), **numbers)  # fmt: skip


def flat_valley(d):
    """An objective in which nothing moves fast: a step of another length shows, a stop would not."""
    return Objective("quadratic_gradient", 0.001 * np.eye(2), np.zeros(2))


def swarm(d, low=-5.0, high=5.0):
    """A population in a box: X of shape (n, d), and the box's ends."""
    return dict(X=d.uniform("n", "d", low=low, high=high), lower=d.lay(np.full(d.size["d"], low)), upper=d.lay(np.full(d.size["d"], high)))


def tours(d):
    """A table of distances between n cities in a square, symmetric, with two decimals, and a tour of them."""
    cities = np.round(d.rng.uniform(0, 10, (d.size["n"], 2)), 2)
    distances = np.round(np.linalg.norm(cities[:, None] - cities, axis=2), 2)
    return dict(D=distances, tour=d.rng.permutation(d.size["n"]))
