# expect: partial, 2 points
# without a clean environment: right, 4 points
import os


def double(x):
    return 2 * x if "NNOPT_TEST_SECRET" in os.environ else x - 1
