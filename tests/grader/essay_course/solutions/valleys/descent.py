"""A small exercise with parts marked by hand: a function, a question, a text, a figure."""

from nnopt.grader.exercise.spec import Exercise, wrong

ex = Exercise("valleys/descent", title="Descent")


@ex.function(parts={"x": 2})
def step(x, g, lr):
    x = x - lr * g
    return x


@step.inputs
def _(d):
    return dict(x=d.normal(), g=d.normal(), lr=d.number(0.1, 1.0))


step.known(wrong("uphill", "The step goes up.", "Which way does the gradient point?", x="x + lr * g"))

ex.question("steepest", points=1, right="b", a="That is flat.")
ex.manual("discussion", points=2, title="Discussion", rubric="1 point for the valley's two curvatures, 1 for the largest rate.")
ex.manual("valley", points=1.5, kind="figure", title="The valley", rubric="Axes have names.")
