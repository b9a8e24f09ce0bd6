"""The exercise that the attacks attack: two small functions and a question."""

from nnopt.grader.exercise.spec import Exercise, wrong

ex = Exercise("attacks/double")


@ex.function(parts={"y": 2})
def double(x):
    y = 2 * x
    return y


@double.inputs
def _(d):
    return dict(x=d.normal())


double.known(wrong("as it was", "x is handed back.", "What is twice 1?", y="x"))


@ex.function(parts={"y": 1})
def triple(x):
    y = 3 * x
    return y


@triple.inputs
def _(d):
    return dict(x=d.normal())


ex.question("letter", points=1, right="b", a="No.")
