"""Spec of applications/language: attention and its gradient, a gated unit, layer normalization's gradient, bits a character (Vaswani et al. 2017)."""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("applications/language", title="Language")
SEQUENCE = {"t": 4, "e": 3, "m": 2}
CELL = {"n": 3, "p": 2, "h": 2}
FORMS = {name: form for name, form in TABLES.items() if name != "a single row"}


# 1 ---------------------------------------------------------------------------------------------------------- attention
@ex.function(parts={"P": 2, "Y": 1}, pure=1, title="causal attention", forms=FORMS, sizes=SEQUENCE)
def attention(Q, K, V):
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    seen = np.tril(np.ones(scores.shape))
    weights = np.exp(scores) * seen
    P = weights / np.sum(weights, axis=1, keepdims=True)
    Y = P @ V
    return P, Y


@attention.inputs
def _(d):
    return dict(Q=d.normal("t", "e"), K=d.normal("t", "e"), V=d.normal("t", "m"))


attention.hint("np.tril keeps what stands on and below the diagonal. A row of P adds up to one: over which entries is the sum?")
attention.when("one place", sizes={"t": 1}).when("as many features as places", sizes={"t": 3, "m": 3}).when("no fit", n=1, Q=0.0).when("eight places", sizes={"t": 8})
attention.notice(factors=["-1", "2"])
attention.known(
    wrong("sees what comes", "Place i sees places 0 to i only.", "Does your first row depend on the last key?", seen="np.ones(scores.shape)", keeps=1),
    wrong("sees what comes only", "Place i sees itself and what came before.", "What does the first place see?", seen="np.triu(np.ones(scores.shape))", keeps=1),
    wrong("not scaled", "The scores are divided by the root of the number of features.", "How large do products of long vectors grow?", scores="Q @ K.T + 0", keeps=1),
    wrong("scaled by the features", "The scores are divided by the root of the number of features.", "How does the standard deviation of a sum grow with its length?", scores="Q @ K.T / Q.shape[1]", keeps=1),
    wrong("scaled by the places", "The root is that of the number of features, not of places.", "Over what is the sum in a score?", scores="Q @ K.T / np.sqrt(len(Q))", keeps=1),
    wrong("columns add up to one", "Each place divides its attention among what it sees: rows add up to one.", "What does row i of P belong to?",
          P="weights / np.sum(weights, axis=0, keepdims=True)", keeps=1),
    wrong("divided before it was hidden", "What is hidden must not count in the sum.", "What does your first row add up to?",
          P="weights / np.sum(np.exp(scores), axis=1, keepdims=True)", keeps=1),
    wrong("keys ask", "Row i belongs to question i.", "Which of the two stands on the left?", scores="K @ Q.T / np.sqrt(Q.shape[1])", keeps=1),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="Y, P"))
attention.right(also("without overflow", weights="np.exp(scores - np.max(scores, axis=1, keepdims=True)) * seen"))
attention.same("a matrix has two axes", "scores = Q @ K.T / np.sqrt(Q.shape[1])  ->  scores = Q @ K.T / np.sqrt(Q.shape[-1])",
               "P = weights / np.sum(weights, axis=1, keepdims=True)  ->  P = weights / np.sum(weights, axis=-1, keepdims=True)")
attention.same("questions and keys are as long", "scores = Q @ K.T / np.sqrt(Q.shape[1])  ->  scores = Q @ K.T / np.sqrt(K.shape[1])")
attention.same("a sign of all weights of a row falls out", "weights = np.exp(scores) * seen  ->  weights = np.exp(scores) * -seen")


# 2 ------------------------------------------------------------------------------------------------- back through it
@ex.function(parts={"dV": 1, "dQ": 2, "dK": 2}, pure=1, title="back through attention", forms=FORMS, sizes=SEQUENCE)
def attention_backward(Q, K, V, P, dY):
    dV = P.T @ dY
    dP = dY @ V.T
    mean = np.sum(P * dP, axis=1, keepdims=True)
    dS = P * (dP - mean)
    scale = 1 / np.sqrt(Q.shape[1])
    dQ = scale * dS @ K
    dK = scale * dS.T @ Q
    return dV, dQ, dK


@attention_backward.inputs
def _(d):
    P = np.tril(d.uniform("t", "t") + 0.1)
    P = d.lay(P / P.sum(axis=1, keepdims=True))
    return dict(Q=d.normal("t", "e"), K=d.normal("t", "e"), V=d.normal("t", "m"), P=P, dY=d.normal("t", "m"))


attention_backward.hint("Y = P V is a product: dV and dP are those of a dense layer. A row of the softmax gives dS = P (dP - the mean of dP, weighted by P). Then S = Q K' / sqrt(e).")
attention_backward.when("one place", sizes={"t": 1}).when("as many features as places", sizes={"t": 3, "m": 3}).when("eight places", sizes={"t": 8})
attention_backward.notice(factors=["-1", "2"])
attention_backward.known(
    wrong("the softmax's sum forgotten", "A larger score makes the others' shares smaller.", "What does a row of dS add up to?", dS="P * dP", keeps=2),
    wrong("the sum over columns", "The softmax was taken row by row.", "What does a row of dS add up to?", mean="np.sum(P * dP, axis=0, keepdims=True)", keeps=2),
    wrong("the plain mean", "The mean is weighted by P.", "What does a row of dS add up to?", mean="np.mean(dP, axis=1, keepdims=True)", keeps=2),
    wrong("not scaled", "The scores were divided by the root of the number of features: so is what comes back.", "What is the derivative of q k / 2 by q?", scale="1", keeps=2),
    wrong("questions and keys exchanged", "What multiplied Q was K.", "What is the derivative of q k by q?", dQ="scale * dS @ Q", dK="scale * dS.T @ K", keeps=2),
    wrong("not transposed for the keys", "Key j was seen by all questions: column j of dS.", "Which scores contain key j?", dK="scale * dS @ Q", keeps=4),
    wrong("not transposed for the values", "Value j goes to all places that look at j: column j of P.", "Which rows of Y contain value j?", dV="P @ dY", keeps=4),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="dQ, dK, dV"))
attention_backward.same("a matrix has two axes, and keys are as long as questions", "mean = np.sum(P * dP, axis=1, keepdims=True)  ->  mean = np.sum(P * dP, axis=-1, keepdims=True)",
                        "scale = 1 / np.sqrt(Q.shape[1])  ->  scale = 1 / np.sqrt(Q.shape[-1])",
                        "scale = 1 / np.sqrt(Q.shape[1])  ->  scale = 1 / np.sqrt(K.shape[1])")


# 3 ------------------------------------------------------------------------------------------------------- a gated unit
@ex.function(parts={"h_new": 4}, pure=1, title="a gated unit", forms=TABLES, sizes=CELL)
def gru_cell(x, h, W, U):
    a = x @ W
    b = h @ U
    D = h.shape[1]
    r = 1 / (1 + np.exp(-(a + b)[:, :D]))
    z = 1 / (1 + np.exp(-(a + b)[:, D:2 * D]))
    m = np.tanh(a[:, 2 * D:] + r * b[:, 2 * D:])
    h_new = (1 - z) * m + z * h
    return h_new


@gru_cell.inputs
def _(d):
    x, h = d.normal("n", "p"), d.normal("n", "h", scale=0.5)
    units = h.shape[1]
    return dict(x=x, h=h, W=d.lay(np.round(d.rng.normal(size=(x.shape[1], 3 * units)), 2)), U=d.lay(np.round(d.rng.normal(size=(units, 3 * units)), 2)))


gru_cell.hint("Compute x W and h U once; the three parts stand side by side, r first. Only the third part has the gate r inside.")
gru_cell.when("one unit", sizes={"h": 1}).when("an old state of zero", n=1, h=0.0).when("no input", x=0.0).when("three units", sizes={"h": 3, "p": 3})
gru_cell.notice(factors=["-1", "2"])
gru_cell.known(
    wrong("the gate z the other way", "z is the share of the old state that stays.", "What is the new state for z = 1?", h_new="z * m + (1 - z) * h", keeps=1),
    wrong("gates exchanged", "The first part is r, the second z.", "In which columns stands r?", r="1 / (1 + np.exp(-(a + b)[:, D:2 * D]))", z="1 / (1 + np.exp(-(a + b)[:, :D]))", keeps=1),
    wrong("no reset", "The old state enters the new one through the gate r.", "What does r do for r = 0?", m="np.tanh(a[:, 2 * D:] + b[:, 2 * D:])", keeps=1),
    wrong("reset of the input, too", "The gate r multiplies what comes from the old state only.", "Does the input enter for r = 0?", m="np.tanh(r * (a[:, 2 * D:] + b[:, 2 * D:]))", keeps=1),
    wrong("reset of the input", "The gate r multiplies what comes from the old state.", "Which of the two sums is forgotten for r = 0?", m="np.tanh(r * a[:, 2 * D:] + b[:, 2 * D:])", keeps=1),
    wrong("no bend", "The new state goes through tanh.", "How large can a state become?", m="a[:, 2 * D:] + r * b[:, 2 * D:]", keeps=1),
    wrong("nothing kept", "A share z of the old state stays.", "What is the new state for z = 1?", h_new="(1 - z) * m", keeps=1),
    wrong("all kept", "What z lets through is a share of the old state.", "What is the new state for z = 0?", h_new="(1 - z) * m + h", keeps=1))
gru_cell.same("a matrix has two axes", "D = h.shape[1]  ->  D = h.shape[-1]")


# 4 ------------------------------------------------------------------------------------- layer normalization's gradient
@ex.function(parts={"dX": 4}, pure=1, title="back through layer normalization", forms=TABLES, sizes={"n": 3, "p": 4})
def layer_norm_backward(X, dZ, eps):
    mean = np.mean(X, axis=1, keepdims=True)
    variance = np.mean((X - mean)**2, axis=1, keepdims=True)
    s = 1 / np.sqrt(variance + eps)
    Z = (X - mean) * s
    shift = np.mean(dZ, axis=1, keepdims=True)
    tilt = np.mean(Z * dZ, axis=1, keepdims=True)
    dX = s * (dZ - shift - Z * tilt)
    return dX


@layer_norm_backward.inputs
def _(d):
    return dict(X=d.normal("n", "p"), dZ=d.normal("n", "p"), eps=d.number(0.01, 0.5))


layer_norm_backward.hint("If all entries of a row grow by the same, Z stays: so what is the mean of dX? If they grow in proportion, Z stays (but for eps): so what is dX times Z, summed?")
layer_norm_backward.when("two features", sizes={"p": 2}).when("as many rows as features", sizes={"n": 4}).when("equal gradients", dZ=1.0).when("a small eps", eps=1e-3)
layer_norm_backward.notice(factors=["-1", "2"])
layer_norm_backward.known(
    wrong("the mean's part forgotten", "The mean depends on every entry of the row.", "What is dX if all entries of dZ are one?", dX="s * (dZ - Z * tilt)", keeps=1),
    wrong("the variance's part forgotten", "The scale depends on every entry of the row.", "What is dX for dZ = Z, if eps is nearly zero?", dX="s * (dZ - shift)", keeps=1),
    wrong("both forgotten", "Mean and scale depend on every entry of the row.", "What is dX if all entries of dZ are one?", dX="s * dZ", keeps=1),
    wrong("over the batch", "Each row has a mean and a scale of its own.", "Along which axis are the means taken?", shift="np.mean(dZ, axis=0, keepdims=True)", tilt="np.mean(Z * dZ, axis=0, keepdims=True)", keeps=1),
    wrong("not scaled", "Z is X times s: so is what comes back.", "What is the derivative of s x by x?", dX="dZ - shift - Z * tilt", keeps=1),
    wrong("sums for means", "Both are means over the features.", "What is dX if all entries of dZ are one?", shift="np.sum(dZ, axis=1, keepdims=True)", tilt="np.sum(Z * dZ, axis=1, keepdims=True)", keeps=1),
    wrong("no eps", "eps is added to the variance.", "What is s for a row of equal entries?", s="1 / np.sqrt(variance)", keeps=1),
    wrong("divided by n - 1", "The variance is the plain mean of the squares.", "By what is the sum of squares divided?",
          variance="np.sum((X - mean)**2, axis=1, keepdims=True) / np.maximum(X.shape[1] - 1, 1)", keeps=1))
layer_norm_backward.same("a matrix has two axes", "mean = np.mean(X, axis=1, keepdims=True)  ->  mean = np.mean(X, axis=-1, keepdims=True)",
                         "variance = np.mean((X - mean) ** 2, axis=1, keepdims=True)  ->  variance = np.mean((X - mean) ** 2, axis=-1, keepdims=True)",
                         "shift = np.mean(dZ, axis=1, keepdims=True)  ->  shift = np.mean(dZ, axis=-1, keepdims=True)",
                         "tilt = np.mean(Z * dZ, axis=1, keepdims=True)  ->  tilt = np.mean(Z * dZ, axis=-1, keepdims=True)")
layer_norm_backward.same("a square has no sign; and the sign of Z stands there twice", "Z = (X - mean) * s  ->  Z = (mean - X) * s",
                         "Z = (X - mean) * s  ->  Z = (X - mean) * -s",
                         "variance = np.mean((X - mean) ** 2, axis=1, keepdims=True)  ->  variance = np.mean((mean - X) ** 2, axis=1, keepdims=True)")


# 5 --------------------------------------------------------------------------------------------------- bits a character
@ex.function(parts={"H": 2}, title="bits a character", forms=TABLES, sizes={"n": 5, "C": 4})
def bits(P, y):
    right = P[np.arange(len(y)), y]
    H = -np.mean(np.log2(right))
    return H


@bits.inputs
def _(d):
    P = d.uniform("n", "C") + 0.05
    return dict(P=d.lay(np.round(P / P.sum(axis=1, keepdims=True), 3)), y=d.labels("n", classes=d.size["C"]))


bits.hint("Which probability did each character get that came? A probability of 1/8 is three bits.")
bits.right(also("from natural logarithms", H="-np.mean(np.log(right)) / np.log(2)"))
bits.when("two characters", sizes={"C": 2}).when("one half each", P=lambda d: d.lay(np.full((d.size["n"], 4), 0.25))).when("nearly sure", sizes={"n": 1})
bits.notice(factors=["np.log(2)", "1/np.log(2)", "-1"])
bits.known(
    wrong("natural logarithms", "Bits are logarithms to base two.", "How many bits is a probability of 1/8?", H="-np.mean(np.log(right))"),
    wrong("the sign", "Bits are positive: the logarithm of a probability is not.", "How many bits is a probability of 1/8?", H="np.mean(np.log2(right))"),
    wrong("the sum", "Asked for is the mean over the characters.", "Does your number grow with the length of the text?", H="-np.sum(np.log2(right))"),
    wrong("the model's own entropy", "What counts is the probability of the character that came.", "Where does y enter?", H="-np.mean(np.sum(P * np.log2(P), axis=1))"),
    wrong("the logarithm of the mean", "The logarithm is taken of each probability, then the mean.", "Which one is larger?", H="-np.log2(np.mean(right))"),
    wrong("the likeliest character", "What counts is the probability of the character that came.", "Where does y enter?", right="np.max(P, axis=1)"))
bits.same("there is a row for each label", "right = P[np.arange(len(y)), y]  ->  right = P[np.arange(len(P)), y]")


# 6 ----------------------------------------------------------------------------------------------------- the question
ex.question("order", points=1, right="c", title="attention and order",
            hint="Exchange two earlier places together with their keys and values. What changes in the sum over the places that the last one sees?",
            a="Which part of softmax(Q K') V knows at which place a key stands?",
            b="Does the mask tell the last place anything of the order of those before it?",
            d="What would two orders of the same words give, if nothing were added?")
