"""Spec of applications/vision: convolution and its gradients, max pooling's gradient, intersection over union (LeCun et al. 1989)."""

import numpy as np

from nnopt.grader.exercise.draw import TABLES
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("applications/vision", title="Vision")
PICTURE = {"H": 6, "W": 5, "k": 3}
BLOCKS = {"u": 2, "v": 3}
FORMS = {name: form for name, form in TABLES.items() if name != "a single row"}


# 1 -------------------------------------------------------------------------------------------------------- convolution
@ex.function(parts={"Y": 3}, pure=1, title="a convolution", forms=FORMS, sizes=PICTURE)
def convolve(X, K):
    k = len(K)
    u = X.shape[0] - k + 1
    v = X.shape[1] - k + 1
    Y = np.zeros((u, v))
    for i in range(k):
        for j in range(k):
            moved = X[i:i + u, j:j + v]
            Y = Y + K[i, j] * moved
    return Y


@convolve.inputs
def _(d):
    return dict(X=d.normal("H", "W"), K=d.normal("k", "k"))


convolve.hint("How many patches fit below each other? Each entry of the filter multiplies the whole picture, moved by its place, and cut to the size of the outcome.")
convolve.when("a filter of one pixel", sizes={"k": 1}).when("as large as the picture", sizes={"H": 3, "W": 3}).when("a higher picture", sizes={"H": 9, "W": 4})
convolve.when("two by two", sizes={"k": 2})
convolve.notice(factors=["-1", "2"])
convolve.known(
    wrong("the filter turned round", "In networks the filter is laid on the picture as it is; mathematicians turn it round first.", "Which entry of K meets the upper left pixel of a patch?",
          edit=("K[i, j]", "K[k - 1 - i, k - 1 - j]"), keeps=1),
    wrong("the filter transposed", "Row i of the filter belongs to row i of the patch.", "Which entry of K meets the second pixel of the first row?", edit=("K[i, j]", "K[j, i]"), keeps=1),
    wrong("the last entry alone", "The entries' products are summed.", "What happens to Y in the second round of the loop?", edit=("Y = Y + K[i, j]", "Y = K[i, j]"), keeps=1),
    wrong("the mean", "The products are summed, not averaged.", "What is Y for a picture and a filter of ones?", edit=("K[i, j] * moved", "K[i, j] * moved / k**2"), keeps=1))
convolve.same("a picture has two axes", "v = X.shape[1] - k + 1  ->  v = X.shape[-1] - k + 1")


# 2 ------------------------------------------------------------------------------------------------------- its gradients
@ex.function(parts={"dK": 2, "dX": 3}, pure=1, title="a convolution's gradients", forms=FORMS, sizes=PICTURE)
def convolve_backward(X, K, dY):
    k = len(K)
    u = dY.shape[0]
    v = dY.shape[1]
    dK = np.zeros((k, k))
    dX = np.zeros(X.shape)
    for i in range(k):
        for j in range(k):
            moved = X[i:i + u, j:j + v]
            share = K[i, j] * dY
            dK[i, j] = np.sum(moved * dY)
            dX[i:i + u, j:j + v] = dX[i:i + u, j:j + v] + share
    return dK, dX


@convolve_backward.inputs
def _(d):
    X, K = d.normal("H", "W"), d.normal("k", "k")
    return dict(X=X, K=K, dY=d.normal("H", "W")[:X.shape[0] - len(K) + 1, :X.shape[1] - len(K) + 1])


convolve_backward.hint("The way forward was a sum over (i, j) of K[i, j] times the moved picture. What stands before K[i, j] there? Which pixels did K[i, j] multiply, and what comes "
                       "back to them?")
convolve_backward.when("a filter of one pixel", sizes={"k": 1}).when("as large as the picture", sizes={"H": 3, "W": 3}).when("two by two", sizes={"k": 2})
convolve_backward.notice(factors=["-1", "2"])
convolve_backward.known(
    wrong("the last patch only", "A pixel lies in several patches: what they give back is summed.", "In how many patches does a pixel in the middle lie?",
          edit=("dX[i:i + u, j:j + v] = dX[i:i + u, j:j + v] + share", "dX[i:i + u, j:j + v] = share"), keeps=3),
    wrong("the filter turned round", "Each pixel gets back what it was multiplied by.", "What multiplied the upper left pixel of a patch?", share="K[k - 1 - i, k - 1 - j] * dY", keeps=3),
    wrong("no weights on the way back", "Each pixel was multiplied by a weight: what comes back is, too.", "What is dX for a filter of zeros?", share="dY", keeps=3),
    wrong("one patch for all weights", "K[i, j] met the picture moved by i and j.", "Which pixels did K[0, 1] multiply?", moved="X[:u, :v]", keeps=4),
    wrong("the mean", "The loss is not averaged over places: the products are summed.", "What is dK for a picture and gradients of ones?", edit=("np.sum(moved * dY)", "np.mean(moved * dY)"), keeps=4),
    wrong("another order", "The values are right but come back in another order.", "Read the docstring.", returns="dX, dK"))
convolve_backward.same("a picture has two axes", "v = dY.shape[1]  ->  v = dY.shape[-1]")


# 3 -------------------------------------------------------------------------------------------------------- max pooling
@ex.function(parts={"dX": 3}, pure=1, title="back through max pooling", forms=FORMS, sizes=BLOCKS)
def max_pool_backward(X, dY):
    dX = np.zeros(X.shape)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            block = X[2 * i:2 * i + 2, 2 * j:2 * j + 2]
            which = np.argmax(block)
            given = dY[i, j]
            dX[2 * i + which // 2, 2 * j + which % 2] = given
    return dX


@max_pool_backward.inputs
def _(d):
    dY = d.normal("u", "v")
    u, v = dY.shape
    places = d.rng.permutation(4 * u * v).reshape(2 * u, 2 * v)      # no two pixels are equal
    return dict(X=d.lay(0.1 * places - 0.2 * u * v - 0.05), dY=dY)


max_pool_backward.hint("Make the largest of each block as wide as the picture again (np.repeat along both axes): where is it equal to the pixel? There goes the block's gradient.")
max_pool_backward.when("one block", sizes={"u": 1, "v": 1}).when("a strip", sizes={"u": 1, "v": 5}).when("square", sizes={"u": 3, "v": 3})
max_pool_backward.when("all below zero", X=lambda d: d.lay(-1.0 - d.rng.permutation(24).reshape(4, 6)))
max_pool_backward.notice(factors=["-1", "1/4", "4"])
max_pool_backward.known(
    wrong("to all four", "Only the largest pixel decided: the others could be a little larger or smaller, and nothing would change.", "What is the slope of max(2, x) at x = 1?",
          edit=("dX[2 * i + which // 2, 2 * j + which % 2] = given", "dX[2 * i:2 * i + 2, 2 * j:2 * j + 2] = given"), keeps=1),
    wrong("shared among the four", "That is the way back through the mean.", "What is the slope of max(2, x) at x = 1?",
          edit=("dX[2 * i + which // 2, 2 * j + which % 2] = given", "dX[2 * i:2 * i + 2, 2 * j:2 * j + 2] = given / 4"), keeps=1),
    wrong("the smallest", "The largest of each block was taken.", "Which of 1, 2, 3, 4 is their maximum?", which="np.argmin(block)", keeps=1),
    wrong("times the pixel", "The slope of the maximum is one, not the value.", "What is the derivative of x?", given="dY[i, j] * np.max(block)", keeps=1),
    wrong("the first of each block", "The gradient goes where the largest was.", "What is the slope of max(2, x) at x = 1?", which="0", keeps=1),
    wrong("blocks that overlap", "The blocks lie side by side: the next one begins two pixels further.", "Where does the block of dY[1, 0] begin?",
          block="X[i:i + 2, j:j + 2]", keeps=1))
max_pool_backward.same("a picture has two axes", "for j in range(dY.shape[1]):  ->  for j in range(dY.shape[-1]):")
max_pool_backward.same("of 0 to 3 the remainder by two has no sign",
                       "dX[2 * i + which // 2, 2 * j + which % 2] = given  ->  dX[2 * i + which // 2, 2 * j + -which % 2] = given")


# 4 -------------------------------------------------------------------------------------------- intersection over union
@ex.function(parts={"ratio": 3}, pure=1, title="intersection over union", forms=TABLES, sizes={"n": 6})
def iou(A, B):
    low = np.maximum(A[:, :2], B[:, :2])
    high = np.minimum(A[:, :2] + A[:, 2:], B[:, :2] + B[:, 2:])
    sides = np.maximum(high - low, 0)
    both = sides[:, 0] * sides[:, 1]
    union = A[:, 2] * A[:, 3] + B[:, 2] * B[:, 3] - both
    ratio = both / union
    return ratio


@iou.inputs
def _(d):
    n = d.size["n"]
    boxes = [d.lay(np.round(np.column_stack([d.rng.uniform(0, 4, (n, 2)), d.rng.uniform(2, 6, (n, 2))]), 2)) for _ in range(2)]
    return dict(A=boxes[0], B=boxes[1])


iou.hint("The overlap begins at the larger of the two tops and ends at the smaller of the two bottoms. What if it ends before it begins?")
iou.when("far apart", A=lambda d: d.lay(np.array([[0.0, 0.0, 1.0, 2.0]])), B=lambda d: d.lay(np.array([[5.0, 6.0, 2.0, 1.0]])))
iou.when("beside each other", A=lambda d: d.lay(np.array([[0.0, 0.0, 2.0, 2.0]])), B=lambda d: d.lay(np.array([[0.5, 5.0, 2.0, 3.0]])))
iou.when("one within the other", A=lambda d: d.lay(np.array([[0.0, 0.0, 4.0, 5.0]])), B=lambda d: d.lay(np.array([[1.0, 1.5, 2.0, 1.0]])))
iou.when("the same", A=lambda d: d.lay(np.array([[1.0, 2.0, 3.0, 4.0]])), B=lambda d: d.lay(np.array([[1.0, 2.0, 3.0, 4.0]])))
iou.notice(factors=["2", "1/2"])
iou.known(
    wrong("overlaps below zero", "Where the overlap ends before it begins, there is none.", "What is your ratio of two boxes far apart?", sides="high - low", keeps=1),
    wrong("the overlap counted twice", "In the sum of the two areas the overlap is counted twice.", "What is the ratio of a box with itself?", union="A[:, 2] * A[:, 3] + B[:, 2] * B[:, 3]", keeps=1),
    wrong("over the first box", "It is divided by the area of both together.", "Is your ratio of A and B that of B and A?", union="A[:, 2] * A[:, 3]", keeps=1),
    wrong("over the smaller box", "It is divided by the area of both together.", "What is the ratio of a small box within a large one?",
          union="np.minimum(A[:, 2] * A[:, 3], B[:, 2] * B[:, 3])", keeps=1),
    wrong("sides taken for corners", "The last two numbers are height and width, not the lower right corner.", "Where does the box (1, 2, 3, 4) end?",
          high="np.minimum(A[:, 2:], B[:, 2:])", keeps=1),
    wrong("the frame around both", "The frame around two boxes is larger than what they cover.", "What do two boxes cover that meet in a corner only?",
          union="np.prod(np.maximum(A[:, :2] + A[:, 2:], B[:, :2] + B[:, 2:]) - np.minimum(A[:, :2], B[:, :2]), axis=1)", keeps=1),
    wrong("one over it", "The overlap stands above.", "Can the ratio be above one?", ratio="union / np.maximum(both, 1e-9)", keeps=1))
iou.same("counted from the end it is the same place", "both = sides[:, 0] * sides[:, 1]  ->  both = sides[:, 0] * sides[:, -1]",
         "low = np.maximum(A[:, :2], B[:, :2])  ->  low = np.maximum(A[:, :-2], B[:, :2])",
         "low = np.maximum(A[:, :2], B[:, :2])  ->  low = np.maximum(A[:, :2], B[:, :-2])",
         "high = np.minimum(A[:, :2] + A[:, 2:], B[:, :2] + B[:, 2:])  ->  high = np.minimum(A[:, :-2] + A[:, 2:], B[:, :2] + B[:, 2:])",
         "high = np.minimum(A[:, :2] + A[:, 2:], B[:, :2] + B[:, 2:])  ->  high = np.minimum(A[:, :2] + A[:, -2:], B[:, :2] + B[:, 2:])",
         "high = np.minimum(A[:, :2] + A[:, 2:], B[:, :2] + B[:, 2:])  ->  high = np.minimum(A[:, :2] + A[:, 2:], B[:, :-2] + B[:, 2:])",
         "high = np.minimum(A[:, :2] + A[:, 2:], B[:, :2] + B[:, 2:])  ->  high = np.minimum(A[:, :2] + A[:, 2:], B[:, :2] + B[:, -2:])",
         "union = A[:, 2] * A[:, 3] + B[:, 2] * B[:, 3] - both  ->  union = A[:, -2] * A[:, 3] + B[:, 2] * B[:, 3] - both",
         "union = A[:, 2] * A[:, 3] + B[:, 2] * B[:, 3] - both  ->  union = A[:, 2] * A[:, 3] + B[:, -2] * B[:, 3] - both")
iou.right(also("by the product of the sides", both="np.prod(sides, axis=1)"))


# 5 ----------------------------------------------------------------------------------------------------- the question
ex.question("shared", points=1, right="b", title="one filter for all places",
            hint="How many weights has a filter of 3 x 3 pixels, wherever it is laid? And a dense layer from all pixels to all places?",
            a="What would it do with a picture moved by one pixel?",
            c="Count the products for one place: nine. How many places are there?",
            d="Lay the filter on a picture and then on the same picture, moved by one pixel: what changes?")
