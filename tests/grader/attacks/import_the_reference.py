# expect: partial, 2 points
def double(x):
    from nnopt.grader.exercise import course

    return course.exercise("double")["double"].reference(x)
