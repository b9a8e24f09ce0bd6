"""Spec of training/initialization: He's and Xavier's weights, signals forward and back, the scale for a leaky bend (He et al. 2015)."""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("training/initialization", title="Initialization")
SIZES = {"n": 4, "q": 3}                 # inputs and outputs of a layer
DEEP = {"n": 5, "p": 4, "L": 3}          # rows of the batch, neurons of each layer, layers

FAN = "The variance of a sum grows with the number of its terms: a sum has one for each input."


# 1 ----------------------------------------------------------------------------------------------------------- the rules
@ex.function(parts={"W": 2}, pure=1, title="He's weights", forms=TABLES, sizes=SIZES)
def he_weights(Z):
    p, q = Z.shape
    sigma = np.sqrt(2 / p)
    W = sigma * Z
    return W


@he_weights.inputs
def _(d):
    return dict(Z=d.normal("n", "q"))


he_weights.hint("Which of the two lengths of Z is the number of inputs? A number times sigma has the variance sigma squared.")
he_weights.right(also("divided", W="Z / np.sqrt(p / 2)"))
he_weights.when("more outputs than inputs", sizes={"n": 2, "q": 5}).when("one output", sizes={"q": 1})
he_weights.notice(factors=["-1", "2", "1/2", "2**0.5", "0.5**0.5"])
he_weights.known(
    wrong("the variance instead of its root", "2 / p is the variance; a standard number is multiplied by its root.", "What is the variance of 3 z, if that of z is one?",
          sigma="2 / p", keeps=1),
    wrong("the outputs counted", FAN, "Which length of Z is the number of inputs?", sigma="np.sqrt(2 / q)", keeps=1),
    wrong("no factor 2", "ReLU throws half of the mean square away; the 2 makes up for it.", "What is left of the signal after ten layers of ReLU?",
          sigma="np.sqrt(1 / p)", keeps=1),
    wrong("both fans", "That is the variance of Xavier's rule.", "Which numbers does He's rule ask for?", sigma="np.sqrt(2 / (p + q))", keeps=1),
    wrong("upside down", "With more inputs the weights must be smaller.", "How does a sum grow with its terms?", sigma="np.sqrt(p / 2)", keeps=1))


@ex.function(parts={"W": 2}, pure=1, title="Xavier's weights", forms=TABLES, sizes=SIZES)
def xavier_weights(U):
    p, q = U.shape
    r = np.sqrt(6 / (p + q))
    W = r * (2 * U - 1)
    return W


@xavier_weights.inputs
def _(d):
    return dict(U=d.uniform("n", "q"))


xavier_weights.hint("Where must 0 go, and where 1? Stretch first, then shift.")
xavier_weights.right(also("stretched from the middle", W="2 * r * (U - 0.5)"), also("from end to end", W="2 * r * U - r"))
xavier_weights.when("more outputs than inputs", sizes={"n": 2, "q": 5}).when("at the ends", n=1, U=lambda d: np.round(d.uniform("n", "q")))
xavier_weights.notice(factors=["-1", "2", "1/2", "3**0.5", "3**-0.5"])
xavier_weights.known(
    wrong("positive weights only", "Weights go from -r to r.", "What becomes of U = 0?", W="r * U", keeps=1),
    wrong("half as wide", "From -r to r it is 2 r.", "What becomes of U = 1?", W="r * (U - 0.5)", keeps=1),
    wrong("the deviation as the radius", "A uniform number in (-r, r) has the variance r^2 / 3, not r^2.", "How large is the variance of your weights?",
          r="np.sqrt(2 / (p + q))", keeps=1),
    wrong("no root", "r is a root.", "What are the units of a variance?", r="6 / (p + q)", keeps=1),
    wrong("inputs only", "Xavier's rule is a compromise between both ways.", "Where is q?", r="np.sqrt(6 / p)", keeps=1),
    wrong("shifted before it is stretched", "2 U - 1 is stretched by r as a whole.", "What becomes of U = 0?", W="2 * r * U - 1", keeps=1))


# 2 ------------------------------------------------------------------------------------------------------------- forward
@ex.function(parts={"sizes": 3}, pure=1, title="forward", sizes=DEEP, uses={"he_weights": "0.7 * Z + 0.1"})
def forward_sizes(X, Z):
    A = X
    sizes = [np.mean(A**2)]
    for z in Z:
        W = he_weights(z)
        S = A @ W
        A = np.maximum(0, S)
        sizes.append(np.mean(A**2))
    return np.array(sizes)


@forward_sizes.inputs
def _(d):
    return dict(X=d.normal("n", "p"), Z=d.normal("L", "p", "p"))


forward_sizes.hint("A loop over Z gives one matrix after the other. What is the input of the second layer? The list begins "
                   "before the loop.")
forward_sizes.when("one layer", sizes={"L": 1}).when("one input", sizes={"n": 1}).when("ten layers", sizes={"L": 10})
forward_sizes.when("no layer", n=1, sizes={"L": 0}).when("inputs far from zero", X=lambda d: 3 + d.normal("n", "p"))
forward_sizes.notice(factors=["2", "1/2"])
forward_sizes.known(
    wrong("the input again and again", "Each layer takes the output of the one before.", "What enters the second layer?",
          S="X @ W", keeps=1),
    wrong("no ReLU", "Each layer's output is ReLU of its sums.", "Can an output be negative?",
          edit=("np.maximum(0, S)", "S"), keeps=1),
    wrong("the numbers as they are", "The given numbers have variance one; a layer's weights are made of them by your function.", "Where is he_weights called?",
          W="z", keeps=1),
    wrong("around the mean", "np.var subtracts the mean first; asked for is the mean of the squares.", "What is np.var of ten equal numbers?",
          edit=("sizes.append(np.mean(A ** 2))", "sizes.append(np.var(A))"), keeps=1),
    wrong("the square of the mean", "First the squares, then their mean.", "What is the mean square of -1 and 1?",
          edit=("sizes.append(np.mean(A ** 2))", "sizes.append(np.mean(A) ** 2)"), keeps=1),
    wrong("not squared", "Asked for is the mean of the squares.", "What is the mean of as many 1 as -1, and what their mean square?",
          edit=("sizes.append(np.mean(A ** 2))", "sizes.append(np.mean(A))"), keeps=1),
    wrong("leaves out the input", "The list begins with the input's own mean square.", "How many entries are there for no layer at all?",
          returns="np.array(sizes[1:])", keeps=1),
    wrong("the last one only", "Asked for is the mean square after every layer.", "What shape has the result?", returns="np.array(sizes[-1:])", keeps=1),
    wrong("weights transposed", "z has a row for each input.", "Which side of A @ W are the inputs on?", S="A @ W.T", keeps=1),
    wrong("one layer's weights everywhere", "Each layer has its own weights.", "What is Z[1]?", W="he_weights(Z[0])", keeps=1),
    wrong("before ReLU", "Asked for is the mean square of the outputs, after ReLU.", "Which array goes into the next layer?",
          edit=("A = np.maximum(0, S)\n        sizes.append(np.mean(A ** 2))", "A = np.maximum(0, S)\n        sizes.append(np.mean(S ** 2))"), keeps=1))
forward_sizes.same("before the first layer A is X", "sizes = [np.mean(A ** 2)]  ->  sizes = [np.mean(X ** 2)]")


# 3 ---------------------------------------------------------------------------------------------------------------- back
@ex.function(parts={"D": 1, "sizes": 2}, pure=1, title="back", sizes=DEEP)
def backward_sizes(D, W, A):
    sizes = [np.mean(D**2)]
    for l in reversed(range(len(W))):
        G = D * (A[l] > 0)
        D = G @ W[l].T
        sizes.append(np.mean(D**2))
    sizes = np.array(sizes)
    return D, sizes


@backward_sizes.inputs
def _(d):
    return dict(D=d.normal("n", "p"), W=d.normal("L", "p", "p"), A=d.lay(np.maximum(0, d.normal("L", "n", "p"))))


backward_sizes.hint("Which layer comes first on the way back? Each does two things, in the opposite order of the way forward: "
                    "first the slope of its ReLU, then its weights, transposed.")
backward_sizes.right(also("a choice", G="np.where(A[l] > 0, D, 0.0)"))
backward_sizes.when("one layer", sizes={"L": 1}).when("no layer", n=1, sizes={"L": 0}).when("one row", sizes={"n": 1})
backward_sizes.when("all awake", A=2.0).when("all asleep", n=1, A=0.0)
backward_sizes.known(
    wrong("from the first layer", "The way back begins at the last layer.", "Which layer does D come from?",
          edit=("reversed(range(len(W)))", "range(len(W))"), keeps=1),
    wrong("weights not transposed", "From outputs to inputs the same weights are used the other way.", "Which weights carry input i into output j?",
          D="G @ W[l]", keeps=1),
    wrong("no slope", "Where ReLU let nothing through, nothing comes back.", "What comes back through neurons that are all asleep?",
          G="D", keeps=1),
    wrong("the output instead of the slope", "The slope of ReLU is 1 where it let something through.", "What is the derivative of z for z > 0?",
          G="D * A[l]", keeps=1),
    wrong("slope after the weights", "The way back is the way forward in the opposite order.", "What did the layer do last?",
          G="D", D="G @ W[l].T * (A[l] > 0)", keeps=1),
    wrong("not squared", "Asked for is the mean of the squares.", "What is the mean of as many 1 as -1, and what their mean square?",
          edit=("sizes.append(np.mean(D ** 2))", "sizes.append(np.mean(D))"), keeps=2),
    wrong("in the order of the layers", "The list begins with D and follows the way back.", "What is the first entry?", returns="D, sizes[::-1]", keeps=2),
    wrong("leaves out the start", "The list begins with the mean square of D.", "How many entries are there for no layer at all?", returns="D, sizes[1:]", keeps=2),
    wrong("ReLU of the gradient", "Gradients of both signs pass.", "Which array decides: D or A?", G="np.maximum(D, 0)", keeps=1))
backward_sizes.same("outputs of ReLU are never negative", "G = D * (A[l] > 0)  ->  G = D * (A[l] != 0)")
backward_sizes.same("a list of numbers counts as an array", "sizes = np.array(sizes)  ->  pass")
backward_sizes.same("there are as many outputs as weights", "for l in reversed(range(len(W))):  ->  for l in reversed(range(len(A))):")


# 4 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"value": 3}, title="a leaky bend")
def leaky_sigma(p, s, growth, L):
    value = np.sqrt(2 * growth ** (1 / L) / ((1 + s**2) * p))
    return value


@leaky_sigma.inputs
def _(d):
    return dict(p=d.integer(2, 400), s=d.number(0.05, 0.9), growth=d.log(0.01, 100), L=d.integer(2, 60))


leaky_sigma.hint("Which share of E[z^2] is left by the positive half, and which by the negative one, whose values are multiplied by s? "
                 "L equal factors make growth: how large is one?")
leaky_sigma.right(also("a quotient of roots", value="growth ** (0.5 / L) * np.sqrt(2 / (p * (1 + s * s)))"))
leaky_sigma.when("ReLU", s=0.0, growth=1.0).when("no bend at all", s=1.0).when("one layer", L=1).when("keeps its size", growth=1.0)
leaky_sigma.notice("s == 0", "s > 0", "growth == 1", factors=["2**0.5", "0.5**0.5", "2", "1/2"])
leaky_sigma.known(
    wrong("as for ReLU", "The negative half is not lost: it comes through, multiplied by s.", "What is sigma for s = 1, where nothing is bent?",
          value="np.sqrt(2 * growth ** (1 / L) / p)", keeps=1),
    wrong("s not squared", "It is the mean square that counts: s z has the square s^2 z^2.", "What is the square of s z?",
          value="np.sqrt(2 * growth ** (1 / L) / ((1 + s) * p))", keeps=1),
    wrong("one minus s squared", "The two halves add up.", "What is sigma for s = 1, where nothing is bent?",
          value="np.sqrt(2 * growth ** (1 / L) / ((1 - s**2) * p))", keeps=1),
    wrong("the variance", "Asked for is the standard deviation.", "Is your result sigma or sigma squared?", value="2 * growth ** (1 / L) / ((1 + s**2) * p)", keeps=1),
    wrong("all growth in each layer", "The factors of the layers multiply: L of them make growth.", "What is the factor of a layer, if two make 100?",
          value="np.sqrt(2 * growth / ((1 + s**2) * p))", keeps=1),
    wrong("growth divided among the layers", "The factors of the layers multiply; they do not add up.", "What is the factor of a layer, if two make 100?",
          value="np.sqrt(2 * growth / L / ((1 + s**2) * p))", keeps=1),
    wrong("to the power of L", "growth is what all layers make together; one of them makes less.", "What is the factor of a layer, if two make 100?",
          value="np.sqrt(2 * growth ** L / ((1 + s**2) * p))", keeps=1),
    wrong("no growth", "For other values of growth each layer must have its L-th root.", "Where does growth stand in your line?",
          value="np.sqrt(2 / ((1 + s**2) * p))", keeps=1),
    wrong("growth of the signal itself", "growth is the factor of the mean square; of the signal itself it would be its root.", "Did you take the root of the whole?",
          value="growth ** (1 / L) * np.sqrt(2 / ((1 + s**2) * p))", keeps=1),
    wrong("no half", "Each half has half of E[z^2].", "What is sigma for s = 1, where nothing is bent?",
          value="np.sqrt(growth ** (1 / L) / ((1 + s**2) * p))", keeps=1))


# 5 --------------------------------------------------------------------------------------------------------- the question
ex.question("half_zero", points=1, right="b", title="the second layer at zero",
            hint="Write down both gradients at the start, dW1 and dW2. Which one contains W2, and which one the hidden outputs? Then look at the second step.",
            a="dW2 is the hidden outputs, transposed, times the derivatives at the output. Is either of them zero?",
            c="Do the hidden neurons, whose weights in are random, have the same outputs?",
            d="The output's biases do move. What does the gradient of W2 contain, other than W2?")
