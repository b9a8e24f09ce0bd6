"""What readable source costs in compiled kernels: each line is the same work written twice, in turn, in one process.

    python -m benchmarks.readability [--quick] [--rounds N]
"""

from .common import arguments, heading, versions  # isort: skip

import time

import numpy as np

import nnopt
from nnopt._jit import R, Random, d, k, kernel, n
from nnopt.gradient.adam import adam
from nnopt.random import fill, generator, uniform

SIZE = 1000


# ------------------------------------------------------------------------------------ the other ways to write it
@kernel
def adam_in_float64(theta: R[d], grad: R[d], m: R[d], v: R[d], t: R, lr: R, beta1: R, beta2: R, eps: R):
    """Adam's step as one would write it first: numbers keep their float64, whatever theta is."""
    m_bias, v_bias = 1.0 - beta1**t, 1.0 - beta2**t
    for i in range(theta.size):
        m[i] = beta1 * m[i] + (1 - beta1) * grad[i]
        v[i] = beta2 * v[i] + (1 - beta2) * grad[i] * grad[i]
        theta[i] -= lr * (m[i] / m_bias) / (np.sqrt(v[i] / v_bias) + eps)


@kernel
def draw_one_by_one(X: R[n, d], rng: Random):
    """A number for each entry."""
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            X[i, j] = uniform(rng)


@kernel
def draw_by_rows(X: R[n, d], rng: Random):
    """A row at once."""
    for i in range(X.shape[0]):
        fill(X[i], rng)


@kernel
def sum_in_order(x: R[k]) -> R:
    """A sum of squares, each added to those before it."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * x[i]
    return total


@kernel(reorder=True)
def sum_in_any_order(x: R[k]) -> R:
    """The same, in whatever order is fast."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * x[i]
    return total


# ------------------------------------------------------------------------------------ what is compared
def steps(kernel_, repeat):
    """Steps of Adam on a thousand parameters in float32."""
    theta, grad, m, v = (np.full(SIZE, 0.5, np.float32) for _ in range(4))
    as_time = int if kernel_ is adam else float

    def run():
        for t in range(1, repeat + 1):
            kernel_(theta, grad, m, v, as_time(t), 1e-3, 0.9, 0.999, 1e-8)
        return theta

    return run


def draws(kernel_, repeat):
    """Random numbers for a swarm of 40 in 40 dimensions."""
    X, rng = np.zeros((40, 40)), generator(0)

    def run():
        for _ in range(repeat):
            kernel_(X, rng)
        return X

    return run


def sums(kernel_, repeat):
    """Sums over 40 and more numbers."""
    x = np.linspace(-1, 1, SIZE)

    def run():
        for _ in range(repeat):
            total = kernel_(x)
        return np.array(total)

    return run


def swarm(by_hand, repeat):
    """A swarm on Rastrigin's function in ten dimensions: the library's loop, or ask and tell from Python."""
    problem, generations = nnopt.problems.rastrigin(10), max(2, repeat // 20)
    optimizer = nnopt.PSO()

    def loop():
        return nnopt.minimize(problem, optimizer, max_evals=40 * generations, seed=0).x

    def hand():
        state = optimizer.init(problem.bounds, seed=0)
        for _ in range(generations):
            state, X = optimizer.ask(state)
            state = optimizer.tell(state, X, [problem(x) for x in X])
        return optimizer.recommend(state)

    return hand if by_hand else loop


def descent(by_hand, repeat):
    """Adam on Rosenbrock's function in ten dimensions: the library's loop, or a step at a time from Python."""
    problem, optimizer, start = nnopt.problems.rosenbrock(10), nnopt.Adam(), np.full(10, 0.5)

    def loop():
        return nnopt.minimize(problem, optimizer, x0=start, max_evals=repeat + 1).history.fun[-1:]

    def hand():
        state = optimizer.init(start)
        for _ in range(repeat):
            state = optimizer.step(state, problem.grad(state.theta))
        return np.array([problem(state.theta)])

    return hand if by_hand else loop


LINES = {
    "every number cast to theta's float32 (Adam, 1000 parameters)": (steps, adam, adam_in_float64, 1e-2),
    "random numbers one by one, or a row at once (40 x 40)": (draws, draw_by_rows, draw_one_by_one, 0.0),
    "a strict sum, or one that may be reordered (1000 numbers)": (sums, sum_in_any_order, sum_in_order, 1e-12),
    "a generation from Python, or in the loop (PSO, 10 dimensions)": (swarm, False, True, 1e-9),
    "a step from Python, or in the loop (Adam, 10 parameters)": (descent, False, True, 1e-9),
}


def main():
    options = arguments(__doc__.splitlines()[0])
    rounds, repeat = options.rounds or (3 if options.quick else 21), 40 if options.quick else 400
    heading("What readability costs")
    print(versions("numpy", "numba"))
    for name, (make, lean, plain, tolerance) in LINES.items():
        runs = make(lean, repeat), make(plain, repeat)
        np.testing.assert_allclose(runs[0](), runs[1](), rtol=tolerance, atol=tolerance)  # the same work, and compiled
        times = []
        for _ in range(rounds):
            for run in runs:
                began = time.thread_time()
                run()
                times.append(time.thread_time() - began)
        each = np.reshape(times, (rounds, 2))
        ratios = np.quantile(each[:, 1] / each[:, 0], [0.5, 0.25, 0.75])
        print(f"{name:64} {ratios[0]:6.2f} times as long ({ratios[1]:.2f} to {ratios[2]:.2f})")


if __name__ == "__main__":
    main()
