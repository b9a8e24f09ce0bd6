"""Running averages, as the adaptive methods keep them of gradients and their squares."""

import math

from .._jit import N, R, kernel


@kernel
def total_weight(beta: R, t: N) -> R:
    """1 - beta**t: the sum of the weights in an average that began at zero, t >= 1 steps ago.

    To the last digits also where beta is close to 1, where Numba's integer power loses t * 1e-16 of them.
    """
    rest = 1.0 - beta
    if rest == 1.0 or t * rest > 40.0:  # beta**t < exp(-40) is nothing beside 1
        return 1.0
    return -math.expm1(t * math.log1p(-rest))
