# expect: partial, 2 points
# without limits for good: right, 4 points
import resource


def double(x):
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return 2 * x
