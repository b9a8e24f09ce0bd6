# expect: partial, 2 points
def double(x):
    raise ValueError("<script>alert('@MARK@')</script>\x1b[31m=1+1 {{ 7 * 7 }}")
