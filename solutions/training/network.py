"""Spec of training/network: layers forward, a list of them, what they cost, residual blocks, dropout, and inputs scaled by the weights (Rumelhart et al. 1986)."""

import numpy as np

from nnopt.grader.exercise.draw import ELEMENTWISE, TABLES
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("training/network", title="The network")
SIZES = {"n": 5, "p": 4, "q": 3}          # rows of the batch, inputs, outputs
DEEP = {"n": 5, "p": 4, "L": 3}
BLOCK = {"n": 5, "p": 4, "h": 3}


# 1 ------------------------------------------------------------------------------------------------------- a dense layer
@ex.function(parts={"Y": 1}, pure=1, title="a dense layer", forms=TABLES, sizes=SIZES)
def dense(X, W, b):
    Y = X @ W + b
    return Y


@dense.inputs
def _(d):
    return dict(X=d.normal("n", "p"), W=d.normal("p", "q"), b=d.normal("q"))


dense.hint("A matrix product is written @. The biases are added to every row: broadcasting does it.")
dense.when("as many inputs as outputs", sizes={"n": 4, "p": 4, "q": 4}).when("as many rows as outputs", sizes={"n": 3}).when("inputs of zero", n=1, X=0.0)
dense.known(
    wrong("no bias", "Each output has a bias of its own.", "What is the output for an input of zeros?", Y="X @ W"),
    wrong("one bias for all", "Each output has a bias of its own.", "What shape has b?", Y="X @ W + np.sum(b)"),
    wrong("an activation, too", "The activation is a layer of its own.", "Can an output be negative?", Y="np.maximum(0, X @ W + b)"),
    wrong("minus the bias", "The bias is added.", "What is the output for an input of zeros?", Y="X @ W - b"))


# 2 ------------------------------------------------------------------------------------------------------- an activation
@ex.function(parts={"A": 1, "slope": 1}, pure=1, title="an activation and its slope", forms=ELEMENTWISE)
def leaky_relu(Z, s):
    A = np.where(Z > 0, Z, s * Z)
    slope = np.where(Z > 0, 1.0, s)
    return A, slope


@leaky_relu.inputs
def _(d):
    return dict(Z=d.normal() + 0.005, s=d.number(0.01, 0.9))      # never zero, where it has no slope


leaky_relu.hint("np.where takes one value or the other, element by element. The slope is the derivative of each of the two pieces.")
leaky_relu.right(also("two halves", A="np.maximum(Z, 0) + s * np.minimum(Z, 0)"), also("the value by its slope", A="np.where(Z > 0, 1.0, s) * Z"))
leaky_relu.when("all positive", Z=2.0).when("all negative", Z=-1.5).when("nearly zero", Z=lambda d: d.spread(low=1e-9, high=1e-2))
leaky_relu.notice(factors=["s", "1/s", "-1"])
leaky_relu.known(
    wrong("a plain ReLU", "Where Z is negative, something comes through: s times Z.", "What is a for z = -1 and s = 0.1?", A="np.maximum(Z, 0)", slope="np.where(Z > 0, 1.0, 0.0)"),
    wrong("the slope of a plain ReLU", "The left piece is s z, and its derivative is s.", "What is the derivative of s z?", slope="np.where(Z > 0, 1.0, 0.0)", keeps=1),
    wrong("the left piece is constant", "The left piece is s times z.", "What is a for z = -1 and for z = -2?", A="np.where(Z > 0, Z, s)", keeps=1),
    wrong("the sides exchanged", "Positive numbers pass as they are.", "What is a for z = 2?", A="np.where(Z > 0, s * Z, Z)", slope="np.where(Z > 0, s, 1.0)"),
    wrong("the slope without the case", "The slope is s on one side only.", "How steep is it for z = 2?", slope="s + 0 * Z", keeps=1),
    wrong("the slope times Z", "The slope is the derivative, not the value.", "What is the derivative of z?", slope="np.where(Z > 0, Z, s * Z)", keeps=1),
    wrong("minus s", "s is positive, so the function rises everywhere.", "Is the leaky ReLU of -1 above or below zero?", A="np.where(Z > 0, Z, -s * Z)", slope="np.where(Z > 0, 1.0, -s)"),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="slope, A"))
leaky_relu.same("Z is never zero", "A = np.where(Z > 0, Z, s * Z)  ->  A = np.where(Z >= 0, Z, s * Z)",
                "slope = np.where(Z > 0, 1.0, s)  ->  slope = np.where(Z >= 0, 1.0, s)")
leaky_relu.same("s is positive, so that output and input have the same sign", "slope = np.where(Z > 0, 1.0, s)  ->  slope = np.where(A > 0, 1.0, s)")


# 3 ---------------------------------------------------------------------------------------------------------- all layers
@ex.function(parts={"A": 3}, pure=1, title="all layers", sizes=DEEP, uses={"dense": "X @ W * 0.5 - b"})
def forward(X, W, b):
    A = [X]
    L = len(W)
    for l in range(L):
        Z = dense(A[l], W[l], b[l])
        hidden = l < L - 1
        A.append(np.maximum(0, Z) if hidden else Z)
    A = np.array(A)
    return A


@forward.inputs
def _(d):
    return dict(X=d.normal("n", "p"), W=d.normal("L", "p", "p"), b=d.normal("L", "p"))


forward.hint("Begin with a list that holds X. Each layer takes the last entry of the list and appends its own. How do you know, in the loop, "
             "that a layer is the last one?")
forward.when("one layer", sizes={"L": 1}).when("two layers", sizes={"L": 2}).when("one row", sizes={"n": 1}).when("six layers", sizes={"L": 6})
forward.when("no layer", n=1, sizes={"L": 0}).when("as many layers as neurons", sizes={"L": 4})
forward.known(
    wrong("a ReLU at the end", "The last layer has no activation: an output may be any number.", "Can the network's output be negative?", hidden="True", keeps=1),
    wrong("no ReLU at all", "Each hidden layer is followed by a ReLU.", "Can the output of a hidden layer be negative?", hidden="False", keeps=1),
    wrong("the input again and again", "Each layer takes the output of the one before.", "What enters the second layer?", Z="dense(X, W[l], b[l])", keeps=1),
    wrong("sums kept instead of outputs", "What is kept is what the next layer sees, after the ReLU.", "What does the gradient of the second layer's weights contain?",
          Z="dense(np.maximum(0, A[l]) if l > 0 else A[l], W[l], b[l])", hidden="False", keeps=1),
    wrong("the last one only", "Asked for are the values of all layers.", "What shape has the result?", edit=("A = np.array(A)", "A = np.array(A[-1])"), keeps=1),
    wrong("leaves out the input", "The first of the values is X itself.", "How many entries are there for no layer at all?", edit=("A = np.array(A)", "A = np.array(A[1:])"), keeps=1),
    wrong("one layer's weights everywhere", "Each layer has its own weights.", "What is W[1]?", Z="dense(A[l], W[0], b[0])", keeps=1),
    wrong("one layer's biases everywhere", "Each layer has its own biases.", "What is b[1]?", Z="dense(A[l], W[l], b[0])", keeps=1),
    wrong("a ReLU of the input", "The input enters the first layer as it is.", "Can an entry of A_0 be negative?", edit=("A = [X]", "A = [np.maximum(0, X)]"), keeps=1))
forward.same("l goes up to L - 1", "hidden = l < L - 1  ->  hidden = l != L - 1")
forward.same("whatever is not zero counts as true",
             "A.append(np.maximum(0, Z) if hidden else Z)  ->  A.append(np.maximum(0, Z) if -hidden else Z)")
forward.same("a list of arrays counts as an array", "A = np.array(A)  ->  pass")
forward.same("there are as many biases as weights", "L = len(W)  ->  L = len(b)")


# 4 ---------------------------------------------------------------------------------------------------------------- cost
@ex.function(parts={"parameters": 2, "multiplications": 1}, title="what it costs", sizes={"m": 4})
def cost(widths):
    inputs = widths[:-1]
    outputs = widths[1:]
    parameters = np.sum((inputs + 1) * outputs)
    multiplications = np.sum(inputs * outputs)
    return parameters, multiplications


@cost.inputs
def _(d):
    return dict(widths=d.labels("m", classes=40) + 1)


cost.hint("How many weights go from a layer of p to one of q, and how many biases are there? The input has none. Each weight is used once.")
cost.right(also("weights and biases apart", parameters="np.sum(inputs * outputs) + np.sum(outputs)"), also("a scalar product", multiplications="inputs @ outputs"))
cost.when("one layer", sizes={"m": 2}).when("two layers", sizes={"m": 3}).when("eight layers", sizes={"m": 9}).when("one neuron each", n=1, widths=1)
cost.notice(factors=["2", "1/2"])
cost.known(
    wrong("no biases", "Each neuron of a layer has a bias, too.", "How many parameters has a layer of one input and one output?", parameters="np.sum(inputs * outputs)", keeps=1),
    wrong("biases of the input", "The input is given: it has no biases.", "Which layers have biases?", parameters="np.sum(inputs * outputs) + np.sum(widths)", keeps=1),
    wrong("no biases at the output", "The last layer has biases, too; only its activation is missing.", "Which layers have biases?",
          parameters="np.sum(inputs * outputs) + np.sum(outputs[:-1])", keeps=1),
    wrong("a bias for each input", "A bias belongs to an output: it is added to its sum.", "What shape has b?", parameters="np.sum(inputs * (outputs + 1))", keeps=1),
    wrong("one bias a layer", "A layer has a bias for each of its outputs.", "What shape has b?", parameters="np.sum(inputs * outputs + 1)", keeps=1),
    wrong("biases multiply", "A bias is added; nothing is multiplied by it.", "What does X @ W + b do with b?", multiplications="np.sum((inputs + 1) * outputs)", keeps=2),
    wrong("additions counted, too", "Asked for are multiplications alone.", "How many products does a sum of p terms have?", multiplications="2 * np.sum(inputs * outputs)", keeps=2),
    wrong("neurons", "Asked for are products: a neuron has one for each of its inputs.", "How many products are in one output of a layer?", multiplications="np.sum(outputs)", keeps=2),
    wrong("the sizes multiplied", "The layers' numbers add up.", "What does a second layer add to the first one's count?", multiplications="np.prod(widths)", keeps=2),
    wrong("another order", "The values are right but come back in another order.", "Read the last line of the docstring.", returns="multiplications, parameters"))


# 5 ------------------------------------------------------------------------------------------------------------ residual
@ex.function(parts={"Y": 2}, pure=1, title="a residual block", forms=TABLES, sizes=BLOCK, uses={"dense": "X @ W * 0.5 - b"})
def residual(X, W1, b1, W2, b2):
    Z = dense(X, W1, b1)
    A = np.maximum(0, Z)
    F = dense(A, W2, b2)
    Y = X + F
    return Y


@residual.inputs
def _(d):
    return dict(X=d.normal("n", "p"), W1=d.normal("p", "h"), b1=d.normal("h"), W2=d.normal("h", "p"), b2=d.normal("p"))


residual.hint("Two dense layers with a ReLU between them, and then one sum. Is there an activation after the sum?")
residual.when("as wide inside as outside", sizes={"h": 4}).when("weights of zero", n=1, W2=0.0, b2=0.0).when("one neuron inside", sizes={"h": 1})
residual.notice(factors=["-1", "2", "1/2"])
residual.known(
    wrong("no shortcut", "The input is added to what the layers make of it.", "What is the output when all weights are zero?", Y="F"),
    wrong("subtracted", "The two are added.", "What is the output when all weights are zero?", Y="X - F"),
    wrong("what is missing to the input", "The two are added.", "What is the output when all weights are zero?", Y="F - X"),
    wrong("no activation inside", "Between the two layers stands a ReLU.", "Can what enters the second layer be negative?", A="Z"),
    wrong("an activation after the sum", "After the sum nothing follows; the identity must let negative numbers through.", "What becomes of X = -1 when all weights are zero?",
          Y="np.maximum(0, X + F)"),
    wrong("an activation after the second layer", "Only the first of the two layers has a ReLU.", "Can the block lower an entry of X?", Y="X + np.maximum(0, F)"),
    wrong("an activation before", "The input enters the first layer as it is.", "Does a negative entry of X reach the first layer?", Z="dense(np.maximum(0, X), W1, b1)"),
    wrong("the mean of both ways", "The two are added, not averaged.", "What is the output when all weights are zero?", Y="(X + F) / 2"))


# 6 ------------------------------------------------------------------------------------------------------------- dropout
@ex.function(parts={"Y": 3}, pure=1, title="dropout", forms=TABLES, sizes=SIZES)
def dropout(A, U, p, training):
    mask = np.where(U < p, 0.0, 1 / (1 - p))  # noqa: SIM300
    Y = A * mask if training else A
    return Y


@dropout.inputs
def _(d):
    return dict(A=d.normal("n", "q"), U=d.uniform("n", "q", high=0.99) + 0.005, p=d.number(0.1, 0.9), training=bool(d.integer(0, 1)))


dropout.hint("First ask whether there is anything to do. U < p is an array of truth values; np.where makes of it a factor for each entry: which two numbers can it be?")
dropout.when("training", training=True).when("in use", training=False).when("half", p=0.5, training=True).when("hardly any", p=0.02, training=True)
dropout.when("all forgotten", n=1, U=0.02, p=0.4, training=True).when("nothing forgotten", U=0.95, p=0.4, training=True).when("most", p=0.9, training=True)
dropout.notice("training", "p > 0.5", factors=["p", "1/p", "1 - p", "1/(1 - p)"])
dropout.known(
    wrong("not scaled", "The entries that are left make up for the others.", "What is the average of an entry, if it was 1?", mask="np.where(U < p, 0.0, 1.0)", keeps=1),
    wrong("divided by p", "The share that is left is 1 - p.", "What is the average of an entry, if it was 1 and p is nearly 0?", mask="np.where(U < p, 0.0, 1 / p)", keeps=1),
    wrong("multiplied instead of divided", "Fewer entries are left, so that they must grow.", "What is the average of an entry, if it was 1?",
          mask="np.where(U < p, 0.0, 1 - p)", keeps=1),
    wrong("forgets when it is used", "When the network is used, nothing is set to zero.", "Would two calls of a network in use give the same answer?", Y="A * mask", keeps=1),
    wrong("scaled when it is used", "The scaling was done while training; in use the entries stay as they are.", "What is the average of an entry while training, if it was 1?",
          Y="A * mask if training else A * (1 - p)", keeps=1),
    wrong("scaled at the wrong time", "Here the scaling is done while training.", "What is the average of an entry while training, if it was 1?",
          mask="np.where(U < p, 0.0, 1.0)", Y="A * mask if training else A * (1 - p)", keeps=1),
    wrong("the others forgotten", "An entry is set to zero where U < p, which has the probability p.", "How probable is U < p?", mask="np.where(U < p, 1 / (1 - p), 0.0)", keeps=1),
    wrong("p is what is kept", "p is the probability of being set to zero.", "How many entries are left for p = 0.1?", mask="np.where(U < p, 1 / p, 0.0)", keeps=1),
    wrong("training and use exchanged", "Entries are forgotten while training.", "When does your function return A?", Y="A if training else A * mask", keeps=1),
    wrong("the mask itself", "The mask multiplies the entries.", "Where does A enter?", Y="mask if training else A", keeps=1))
dropout.same("whatever is not zero counts as true", "Y = A * mask if training else A  ->  Y = A * mask if -training else A")
dropout.same("no number is exactly p", "mask = np.where(U < p, 0.0, 1 / (1 - p))  ->  mask = np.where(U <= p, 0.0, 1 / (1 - p))")


# 7 ------------------------------------------------------------------------------------------------------ the derivation
@ex.function(parts={"V": 2, "c": 2}, pure=1, title="the scaling of the inputs", sizes=SIZES)
def folded(W, b, mean, scale):
    V = W / scale[:, None]
    shift = (mean / scale) @ W
    c = b - shift
    return V, c


@folded.inputs
def _(d):
    return dict(W=d.normal("p", "q"), b=d.normal("q"), mean=d.normal("p", scale=3), scale=d.positive("p"))


folded.hint("Y_ik is the sum over j of (X_ij - mean_j) W_jk / scale_j, plus b_k. What stands before X_ij? All that has no X_ij in it is a bias.")
folded.right(also("by the new weights", shift="mean @ V"), also("times one over", V="W * (1 / scale)[:, None]"))
folded.when("as many inputs as outputs", sizes={"p": 3}).when("means of zero", n=1, mean=0.0).when("scales of one", n=1, scale=1.0)
folded.when("one input", sizes={"p": 1}).when("one output", sizes={"q": 1}).when("a tiny scale", scale=1e-3)
folded.notice("np.all(scale == 1)", "np.all(mean == 0)", factors=["-1", "2"])
folded.known(
    wrong("multiplied by the scale", "The inputs were divided by the scale; now the weights are.", "How large are the weights for a feature measured in millimetres instead of metres?",
          V="W * scale[:, None]", keeps=2),
    wrong("scaled along the outputs", "scale has an entry for each input: each row of W has its own.", "What shape has scale, and what shape has W?",
          V="W / np.resize(scale, W.shape[1])", keeps=2),
    wrong("weights as they were", "What stands before X_ij is W_jk / scale_j.", "What is your V for scale = 2?", V="W + 0", keeps=2),
    wrong("biases as they were", "The means, too, are part of what has no X in it.", "What is Y for X = mean?", c="b + 0 * shift", keeps=2),
    wrong("the sign of the shift", "The mean is subtracted.", "What is Y for X = mean?", c="b + shift", keeps=2),
    wrong("means not scaled", "The mean is divided by the scale, too.", "What is Y for X = mean?", shift="mean @ W", keeps=2),
    wrong("scaled twice", "The new weights have the scale in them already.", "What is Y for X = mean?", shift="(mean / scale) @ (W / scale[:, None])", keeps=2),
    wrong("bias scaled, too", "b is added after the weighted sum: no input's scale is in it.", "What is Y for X = mean?", c="(b - shift) / np.mean(scale)", keeps=2),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="c, V"))


# 8 -------------------------------------------------------------------------------------------------------- the question
ex.question("bottleneck", points=1, right="c", title="a narrow middle",
            hint="The matrix of the single layer is a product of a 100 x 5 and a 5 x 100 matrix. How many of its columns can be linearly independent?",
            a="Count: how many numbers describe the two layers, and how many the one?",
            b="What is a product of two matrices, if nothing stands between them?",
            d="Multiply a column of ones by a row of ones: how many numbers of the product are zero?")
