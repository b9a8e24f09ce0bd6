r"""Matrix products: :math:`C = A B`, :math:`C = A^\top B` and :math:`C = A B^\top`, all that the layers need.

Each stands here twice: by BLAS, which is fast, and as three plain loops, which are the definition. The plain ones are the
oracle of the tests, and what runs in the browser.
"""

from .._jit import R, k, kernel
from .._native import multiply


@kernel(browser=False)
def product(A: R[k, k], B: R[k, k], C: R[k, k]):
    """C = A B."""
    multiply(A, B, C)


@kernel(browser=False)
def product_tn(A: R[k, k], B: R[k, k], C: R[k, k]):
    """C = A' B, the left one transposed."""
    multiply(A.T, B, C)


@kernel(browser=False)
def product_nt(A: R[k, k], B: R[k, k], C: R[k, k]):
    """C = A B', the right one transposed."""
    multiply(A, B.T, C)


@kernel
def product_plain(A: R[k, k], B: R[k, k], C: R[k, k]):
    """C = A B, by its definition."""
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            C[i, j] = 0.0
            for h in range(A.shape[1]):
                C[i, j] += A[i, h] * B[h, j]


@kernel
def product_tn_plain(A: R[k, k], B: R[k, k], C: R[k, k]):
    """C = A' B, by its definition."""
    for i in range(A.shape[1]):
        for j in range(B.shape[1]):
            C[i, j] = 0.0
            for h in range(A.shape[0]):
                C[i, j] += A[h, i] * B[h, j]
