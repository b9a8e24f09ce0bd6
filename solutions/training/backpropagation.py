"""Spec of training/backpropagation: layers forward and backward, the loss, a whole gradient, and its check by differences (Rumelhart et al. 1986)."""

import numpy as np

from nnopt.grader.exercise.draw import ELEMENTWISE, TABLES
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("training/backpropagation", title="Backpropagation")
SIZES = {"n": 5, "p": 4, "q": 3}          # rows of the batch, inputs, outputs


# 1 ----------------------------------------------------------------------------------------------------------- the layer
@ex.function(parts={"Z": 1}, title="a layer", forms=TABLES, sizes=SIZES)
def dense(A, W, b):
    Z = A @ W + b
    return Z


@dense.inputs
def _(d):
    return dict(A=d.normal("n", "p"), W=d.normal("p", "q"), b=d.normal("q"))


dense.hint("A matrix product is written @. The biases are added to every row: broadcasting does it.")
dense.when("a square batch", sizes={"n": 4, "p": 4, "q": 4}).when("as many rows as outputs", sizes={"n": 3})
dense.known(
    wrong("no bias", "Each output has a bias of its own.", "What is the output for an input of zeros?", Z="A @ W"),
    wrong("one bias for all", "Each output has a bias of its own.", "What shape has b?", Z="A @ W + np.sum(b)"),
    wrong("ReLU, too", "The activation is a step of its own.", "Can an output be negative?", Z="np.maximum(A @ W + b, 0)"),
    wrong("minus the bias", "The bias is added.", "What is the output for an input of zeros?", Z="A @ W - b"))


# 2 ----------------------------------------------------------------------------------------------------- the activations
@ex.function(parts={"dZ": 2}, pure=1, title="back through ReLU", forms=ELEMENTWISE)
def relu_backward(dA, Z):
    slope = np.where(Z > 0, 1.0, 0.0)
    dZ = dA * slope
    return dZ


@relu_backward.inputs
def _(d):
    return dict(dA=d.normal(), Z=d.normal() + 0.005)      # never zero, where ReLU has no slope


relu_backward.hint("What is the slope of max(0, z) for z > 0, and for z < 0? The gradient of the output is multiplied by it, "
                   "element by element.")
relu_backward.when("nearly zero", Z=lambda d: d.spread(low=1e-9, high=1e-2))
relu_backward.when("all asleep", Z=-1.0).when("all awake", Z=2.0).when("a large gradient", dA=1e6)
relu_backward.known(
    wrong("no chain", "The slope alone is not enough: it multiplies the gradient that comes from behind.", "What is returned if dA is zero?", dZ="slope", keeps=1),
    wrong("passes everything", "Where Z is negative, ReLU is flat.", "What does the loss notice of a neuron that is asleep?", dZ="dA"),
    wrong("the other half", "ReLU lets positive values pass.", "Where is the slope of max(0, z) one?", slope="np.where(Z < 0, 1.0, 0.0)"),
    wrong("the sign", "Where Z is negative ReLU is flat: its slope is 0, not -1.", "What does the loss notice of a neuron that is asleep?",
          slope="np.where(Z > 0, 1.0, -1.0)"),
    wrong("leaky", "That is another activation: asked for is ReLU, which is flat where Z is negative.", "What is the slope of max(0, z) at z = -1?",
          slope="np.where(Z > 0, 1.0, 0.01)"),
    wrong("positive gradients only", "ReLU lets gradients of both signs pass.", "Which array decides: dA or Z?", dZ="np.maximum(dA, 0) * slope"),
    wrong("forward instead of back", "That is ReLU of the gradient; asked for is the gradient where Z was positive.",
          "Which array decides: dA or Z?", dZ="np.maximum(dA, 0)"),
    wrong("multiplies with the value", "The slope of max(0, z) is one, not z.", "What is the derivative of z?", slope="np.maximum(Z, 0)", keeps=1))
relu_backward.same("a truth value counts as 0 or 1",
                   "slope = np.where(Z > 0, 1.0, 0.0)  ->  slope = Z > 0")
relu_backward.same("at 0 ReLU has no slope; the inputs keep away from it",
                   "slope = np.where(Z > 0, 1.0, 0.0)  ->  slope = np.where(Z >= 0, 1.0, 0.0)")


# The page derives and prints tanh: asked for is another activation, whose slope can be read off its output, too.
@ex.function(parts={"dZ": 2}, pure=1, title="back through softsign", forms=ELEMENTWISE)
def softsign_backward(dA, A):
    slope = (1 - np.abs(A))**2
    dZ = dA * slope
    return dZ


@softsign_backward.inputs
def _(d):
    return dict(dA=d.normal(), A=d.uniform(low=-0.99, high=0.99))


softsign_backward.hint("Differentiate z / (1 + |z|) for z > 0 first. What is 1 - |a|, written with z?")
softsign_backward.right(also("through z", slope="1 / (1 + np.abs(A / (1 - np.abs(A))))**2"), also("multiplied out", slope="1 - 2 * np.abs(A) + A**2"))
softsign_backward.when("flat ends", A=lambda d: d.uniform(low=0.9, high=0.99)).when("the other end", A=lambda d: d.uniform(low=-0.99, high=-0.9))
softsign_backward.known(
    wrong("no chain", "The slope alone is not enough: it multiplies the gradient that comes from behind.", "What is returned if dA is zero?", dZ="slope", keeps=1),
    wrong("the slope of tanh", "1 - a squared belongs to tanh.", "How steep are both at z = 1?", slope="1 - A**2"),
    wrong("the output taken for the input", "A is softsign(z), not z.", "Is A the layer's output or its input?", slope="1 / (1 + np.abs(A))**2", keeps=1),
    wrong("not squared", "The quotient rule leaves (1 + |z|) squared below.", "Differentiate z / (1 + z) for z > 0.", slope="1 - np.abs(A)"),
    wrong("no modulus", "The slope is the same at z and at -z.", "What is the slope at a = -0.5?", slope="(1 - A)**2"),
    wrong("divides by the slope", "The chain rule multiplies.", "What comes back where the activation is flat?", dZ="dA / slope"))
softsign_backward.same("a square and a modulus know no sign", "slope = (1 - np.abs(A)) ** 2  ->  slope = (np.abs(A) - 1) ** 2",
                       "slope = (1 - np.abs(A)) ** 2  ->  slope = (1 - np.abs(-A)) ** 2")


# 3 ------------------------------------------------------------------------------------------------------------- the loss
@ex.function(parts={"loss": 2, "dZ": 2}, pure=1, title="softmax cross-entropy", forms=TABLES, sizes=SIZES)
def softmax_cross_entropy(Z, y):
    n, k = Z.shape
    rows = np.arange(n)
    shifted = Z - np.max(Z, axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = np.sum(exps, axis=1, keepdims=True)
    logs = shifted - np.log(sums)
    loss = -np.sum(logs[rows, y]) / n
    P = exps / sums
    Y = np.where(np.arange(k) == y[:, None], 1.0, 0.0)
    dZ = (P - Y) / n
    return loss, dZ


@softmax_cross_entropy.inputs
def _(d):
    return dict(Z=d.normal("n", "q"), y=d.labels("n", classes=3))


softmax_cross_entropy.hint("Subtract each row's largest number first, with keepdims=True. Z[np.arange(n), y] picks one element of each "
                           "row. Can the logarithm be taken of the sum, rather than of P, which may be 0?")
softmax_cross_entropy.right(also("log of the probability", logs="np.log(exps / sums)"),
                            also("the sum's logarithm first", P="np.exp(Z - (np.log(sums) + np.max(Z, axis=1, keepdims=True)))"))
softmax_cross_entropy.when("large outputs", Z=lambda d: 500 + 10 * d.normal("n", "q")).when("very negative outputs", Z=lambda d: d.normal("n", "q") - 900)
softmax_cross_entropy.when("sure of the right class", Z=lambda d: d.normal("n", "q") + [400.0, -800.0, -800.0], y=0)
softmax_cross_entropy.when("one row", sizes={"n": 1}).when("as many rows as classes", sizes={"n": 3})
softmax_cross_entropy.notice(factors=["-1", "len(y)", "1/len(y)"])
softmax_cross_entropy.known(
    wrong("overflows", "exp of a large number is infinite; the softmax does not change when the same number is taken from a whole row.",
          "What is exp(710)? Which number could you take from every element of a row?", shifted="Z", keeps=3),
    wrong("sum instead of mean", "Asked for is the mean over the batch.", "Does a batch of twice the size have twice the loss?",
          loss="-np.sum(logs[rows, y])", dZ="P - Y", keeps=2),
    wrong("the gradient of the sum", "The loss is a mean, so its gradient has the factor 1 / n, too.", "Where is 1 / n in dZ?", dZ="P - Y", keeps=2),
    wrong("the loss's sign", "A probability is below 1, its logarithm below 0.", "Can a cross-entropy be negative?", loss="np.sum(logs[rows, y]) / n", keeps=2),
    wrong("the gradient's sign", "A larger output of the right class must lower the loss.", "What sign has dZ at the right class?", dZ="(Y - P) / n", keeps=2),
    wrong("probabilities alone", "The right class's one is missing.", "What is dZ when the network is sure and right?", dZ="P / n", keeps=2),
    wrong("softmax over the columns", "Each row is an example: its probabilities add up to one.", "What is the sum of a row of P?",
          shifted="Z - np.max(Z, axis=0, keepdims=True)", sums="np.sum(exps, axis=0, keepdims=True)"),
    wrong("no logarithm", "The loss is the mean of negative logarithms.", "What is the loss when the right class is sure?", loss="-np.sum(np.exp(logs[rows, y])) / n", keeps=2),
    wrong("the slope of softmax once more", "Nearly everything cancels: the slope of softmax is in P - Y already.", "How does the loss depend on Z, and how on P?",
          dZ="(P - Y) * P * (1 - P) / n", keeps=2),
    wrong("the mean over all classes", "Only the right class's logarithm counts.", "How does y enter the loss?", loss="-np.mean(logs)", keeps=2))
softmax_cross_entropy.same("a truth value counts as 0 or 1",
                           "Y = np.where(np.arange(k) == y[:, None], 1.0, 0.0)  ->  Y = np.arange(k) == y[:, None]")
softmax_cross_entropy.same("axis 1 of a table is its last",
                           "sums = np.sum(exps, axis=1, keepdims=True)  ->  sums = np.sum(exps, axis=-1, keepdims=True)",
                           "shifted = Z - np.max(Z, axis=1, keepdims=True)  ->  shifted = Z - np.max(Z, axis=-1, keepdims=True)")


# 4 ------------------------------------------------------------------------------------------------- back through a layer
@ex.function(parts={"dA": 1, "dW": 1, "db": 1}, pure=1, title="back through a layer", forms=TABLES, sizes=SIZES)
def dense_backward(dZ, A, W):
    dA = dZ @ W.T
    dW = A.T @ dZ
    db = np.sum(dZ, axis=0)
    return dA, dW, db


@dense_backward.inputs
def _(d):
    return dict(dZ=d.normal("n", "q"), A=d.normal("n", "p"), W=d.normal("p", "q"))


dense_backward.hint("Try the shapes: only one product of dZ (n, q) with A (n, p) has the shape (p, q). Each bias acts on all rows "
                    "of the batch: what happens to their gradients?")
dense_backward.when("all of the same size", sizes={"n": 4, "p": 4, "q": 4}).when("one row", sizes={"n": 1})
dense_backward.notice(factors=["-1", "len(A)", "1/len(A)"])
dense_backward.known(
    wrong("mean over the batch once more", "The loss's 1 / n stands in dZ already.", "Is dZ the gradient of the mean or of each row?",
          dW="A.T @ dZ / len(A)", db="np.mean(dZ, axis=0)", keeps=1),
    wrong("the weights' mean", "The loss's 1 / n stands in dZ already.", "Is dZ the gradient of the mean or of each row?", dW="A.T @ dZ / len(A)", keeps=2),
    wrong("the bias's mean", "Every row moves with the bias, so their gradients add up.", "If b grows by h, which outputs grow by h?", db="np.mean(dZ, axis=0)", keeps=2),
    wrong("sums over the wrong axis", "b has one entry for each output.", "What shape has b?", db="np.sum(dZ, axis=1)", keeps=2),
    wrong("dW transposed", "dW has the shape of W.", "What shape has W?", dW="dZ.T @ A", keeps=2),
    wrong("W not transposed", "From outputs back to inputs the same weights are used the other way.", "Which weights carry input i into output j?", dA="dZ @ W", keeps=2),
    wrong("another order", "The values are right but come back in another order.", "Read the last line of the docstring.", returns="dW, db, dA", keeps=2))


# 5 -------------------------------------------------------------------------------------------------- the whole gradient
@ex.function(parts={"loss": 1, "dW1": 1, "db1": 1, "dW2": 1, "db2": 1}, title="the whole gradient", sizes={"n": 5, "p": 4, "h": 3, "q": 3},
             uses={"dense": "A @ W * 0.5 - b", "relu_backward": "dA * (Z > 0) * 3", "softmax_cross_entropy": "(np.sum(Z * Z), Z * 0.7 - y[:, None])",
                   "dense_backward": "(dZ @ W.T * 2, A.T @ dZ * 0.4, np.max(dZ, axis=0))"})
def loss_gradient(X, y, W1, b1, W2, b2):
    Z1 = dense(X, W1, b1)
    A1 = np.maximum(Z1, 0)
    Z2 = dense(A1, W2, b2)
    loss, dZ2 = softmax_cross_entropy(Z2, y)
    dA1, dW2, db2 = dense_backward(dZ2, A1, W2)
    dZ1 = relu_backward(dA1, Z1)
    dX, dW1, db1 = dense_backward(dZ1, X, W1)
    return loss, dW1, db1, dW2, db2


@loss_gradient.inputs
def _(d):
    return dict(X=d.normal("n", "p"), y=d.labels("n", classes=3), W1=d.normal("p", "h"), b1=d.normal("h"), W2=d.normal("h", "q"), b2=d.normal("q"))


loss_gradient.hint("Forward in four lines, keeping Z1 and A1; then the same four backwards. Each backward function takes what "
                   "the one after it gave back.")
loss_gradient.when("a large input", n=3, X=lambda d: 10 * d.normal("n", "p")).when("one row", sizes={"n": 1}).when("two hidden neurons", sizes={"h": 2})
loss_gradient.known(
    wrong("no ReLU forward", "The hidden layer's output is ReLU of Z1.", "What enters the second layer?", A1="Z1", keeps=1),
    wrong("no ReLU backward", "The gradient passes only where Z1 was positive.", "What did you do to Z1 on the way forward?", dZ1="dA1", keeps=3),
    wrong("ReLU asked at the gradient", "The gradient passes where Z1 was positive, not where the gradient is.", "Which array decides: dA1 or Z1?",
          edit=("relu_backward(dA1, Z1)", "relu_backward(dA1, dA1)"), keeps=3),
    wrong("weights first", "Weights and biases come layer by layer.", "Read the last line of the docstring.", returns="loss, dW1, dW2, db1, db2", keeps=3),
    wrong("back through the output", "The second layer's input was A1, not Z1.", "Which array did W2 multiply?",
          edit=("dense_backward(dZ2, A1, W2)", "dense_backward(dZ2, Z1, W2)"), keeps=4),
    wrong("ReLU of the second layer", "The output has no ReLU.", "Can the network's output be negative?",
          edit=("softmax_cross_entropy(Z2, y)", "softmax_cross_entropy(np.maximum(Z2, 0), y)")),
    wrong("layers exchanged", "The first layer's gradients come first.", "Read the last line of the docstring.", returns="loss, dW2, db2, dW1, db1", keeps=3))
loss_gradient.same("ReLU's output is positive where its input is",
                   "dZ1 = relu_backward(dA1, Z1)  ->  dZ1 = relu_backward(dA1, A1)")
loss_gradient.same("nothing is returned of the gradient before the first layer, so its weights do not matter",
                   "dX, dW1, db1 = dense_backward(dZ1, X, W1)  ->  dX, dW1, db1 = dense_backward(dZ1, X, A1)",
                   "dX, dW1, db1 = dense_backward(dZ1, X, W1)  ->  dX, dW1, db1 = dense_backward(dZ1, X, Z1)",
                   "dX, dW1, db1 = dense_backward(dZ1, X, W1)  ->  dX, dW1, db1 = dense_backward(dZ1, X, b1)",
                   "dX, dW1, db1 = dense_backward(dZ1, X, W1)  ->  dX, dW1, db1 = dense_backward(dZ1, X, dA1)",
                   "dX, dW1, db1 = dense_backward(dZ1, X, W1)  ->  dX, dW1, db1 = dense_backward(dZ1, X, dZ1)",
                   "dX, dW1, db1 = dense_backward(dZ1, X, W1)  ->  dX, dW1, db1 = dense_backward(dZ1, X, -W1)")


# 6, 7 ------------------------------------------------------------------------------------------- the check by differences
@ex.function(parts={"grad": 3}, pure=1, title="central differences", sizes={"d": 3})
def central_difference(f, x, h):
    d = len(x)
    grad = np.zeros(d)
    for i in range(d):
        e = np.where(np.arange(d) == i, h, 0.0)
        grad[i] = (f(x + e) - f(x - e)) / (2 * h)
    return grad


@central_difference.inputs
def _(d):
    return dict(f=Objective("rastrigin", d.normal("d")), x=d.normal("d"), h=d.number(0.01, 0.2))      # h is large: its own error shows


central_difference.hint("Change one coordinate of a copy, up and down. What happens to the other coordinates, and to this one "
                        "afterwards?")
central_difference.right(also("each divided by itself", edit=("(f(x + e) - f(x - e)) / (2 * h)", "f(x + e) / (2 * h) - f(x - e) / (2 * h)")))
central_difference.when("one dimension", sizes={"d": 1})
central_difference.when("coordinates that depend on each other", n=2,
                        f=lambda d: Objective("quadratic", [[2.0, 0.7, -0.4], [0.7, 1.0, 0.3], [-0.4, 0.3, 3.0]], d.normal("d")))
central_difference.notice(factors=["-1", "2", "1/2", "h", "1/h"])
central_difference.known(
    wrong("forward difference", "It looks to one side only, and its error is h instead of h squared.", "What is the difference symmetric about?",
          edit=("(f(x + e) - f(x - e)) / (2 * h)", "(f(x + e) - f(x)) / h"), keeps=1),
    wrong("divides by h", "From x - h to x + h it is two h.", "How far apart are the two points?", edit=("/ (2 * h)", "/ h"), keeps=1),
    wrong("multiplies by h", "/ 2 * h divides by 2 and multiplies by h.", "What do brackets change in / (2 * h)?", edit=("/ (2 * h)", "/ 2 * h"), keeps=1),
    wrong("backward difference", "It looks to one side only, and its error is h instead of h squared.", "What is the difference symmetric about?",
          edit=("(f(x + e) - f(x - e)) / (2 * h)", "(f(x) - f(x - e)) / h"), keeps=1),
    wrong("an h of its own", "The step is an argument.", "Where does h stand in your lines?",
          edit=("np.where(np.arange(d) == i, h, 0.0)\n        grad[i] = (f(x + e) - f(x - e)) / (2 * h)", "np.where(np.arange(d) == i, 1e-5, 0.0)\n        grad[i] = (f(x + e) - f(x - e)) / 2e-5"), keeps=1),
    wrong("does not go back", "Each coordinate must stand where it stood before the next one is moved.", "What is x after the first round?",
          edit=("(f(x + e) - f(x - e))", "(f(x + e - h * (np.arange(d) < i)) - f(x - e - h * (np.arange(d) < i)))"), keeps=1),
    wrong("half the step", "Asked for is a step of h to either side.", "How far apart are the two points?",
          edit=("np.where(np.arange(d) == i, h, 0.0)", "np.where(np.arange(d) == i, h / 2, 0.0)"), keeps=1),
    wrong("backwards", "f(x + h) comes first.", "Is the slope of a growing function positive?", edit=("f(x + e) - f(x - e)", "f(x - e) - f(x + e)"), keeps=1),
    wrong("moves all coordinates", "A partial derivative moves one coordinate.", "Which coordinates differ between the two points?",
          e="np.full(d, h)"))


@ex.function(parts={"value": 2}, title="the best h")
def best_h(eps, size, third):
    value = np.cbrt(3 * eps * size / third)
    return value


@best_h.inputs
def _(d):
    return dict(eps=d.log(1e-16, 1e-6), size=d.log(0.1, 100), third=d.log(0.1, 100))


best_h.hint("Set the derivative with respect to h to zero, and solve for h.")
best_h.right(also("as a power", value="(3 * eps * size / third) ** (1 / 3)"))
best_h.notice(factors=["2**(1/3)", "3**(1/3)", "3**(-1/3)", "6**(1/3)", "2**(-1/3)"])
best_h.known(
    wrong("of a forward difference", "That is the best h for (f(x + h) - f(x)) / h; here the error goes with h squared.", "Which power of h has the truncation error?",
          value="2 * np.sqrt(eps * size / third)", keeps=1),
    wrong("where both errors are equal", "The sum is smallest where its derivative is zero, not where the two are equal.", "Differentiate the sum with respect to h.",
          value="np.cbrt(6 * eps * size / third)", keeps=1),
    wrong("upside down", "A rougher function needs a smaller h.", "Does the best h grow or shrink with the third derivative?", value="np.cbrt(3 * eps * third / size)"))


# 8 --------------------------------------------------------------------------------------------------------- the question
ex.question("cost", points=1, right="d", title="what a Jacobian costs",
            hint="A pass back begins with the derivatives of one number by the outputs. How many numbers are there now?",
            a="A pass back gives all derivatives of one number: how many numbers have derivatives here?",
            b="Are differences needed, or can backpropagation begin at an output?",
            c="A pass back gives the derivatives by all parameters at once.")
