"""Spec of applications/healthcare: missing values without leaking, the calibration error (Naeini et al. 2015), net benefit (Vickers and Elkin 2006), where prevalence leads."""

import numpy as np

from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("applications/healthcare", title="Healthcare")


def with_gaps(d, rows, columns):
    """A table with gaps, none of whose columns is empty."""
    X = np.round(d.rng.normal(3, 2, (rows, columns)), 2)
    gaps = d.rng.random(X.shape) < 0.3
    gaps[d.rng.integers(rows)] = False
    gaps[(np.flatnonzero(~gaps.all(axis=1))[0] + 1) % rows, 0] = True
    X[gaps] = np.nan
    return X


# 1 ----------------------------------------------------------------------------------------------------- missing values
@ex.function(parts={"train": 2, "test": 3}, pure=1, title="missing values", sizes={"n": 7, "d": 3})
def fill(X_train, X_test):
    middle = np.nanmedian(X_train, axis=0)
    middle_test = middle
    train = np.where(np.isnan(X_train), middle, X_train)
    test = np.where(np.isnan(X_test), middle_test, X_test)
    return train, test


@fill.inputs
def _(d):
    return dict(X_train=with_gaps(d, d.size["n"], d.size["d"]), X_test=with_gaps(d, 5, d.size["d"]) + 4)


fill.hint("The test rows are patients who have not come yet. What do you know on the day when the model is built? np.nanmedian skips what is missing.")
fill.when("nothing is missing", X_train=lambda d: d.normal("n", "d"), X_test=lambda d: d.normal("n", "d"))
fill.when("one patient to be tested", X_test=lambda d: np.array([[np.nan, 1.0, np.nan]]))
fill.right(also("columns first", middle="np.nanmedian(X_train.T, axis=1)"), also("by quantile", middle="np.nanquantile(X_train, 0.5, axis=0)"))
fill.known(
    wrong("the test rows are looked at", "That is a leak: a patient who has not come yet cannot tell what is usual.", "One patient comes alone. What would you fill in?",
          middle_test="np.nanmedian(X_test, axis=0)", keeps=2),
    wrong("medians of all rows", "That is a leak: the model was built with the test's values.", "On the day when the model is built, which rows are there?",
          middle="np.nanmedian(np.concatenate([X_train, X_test]), axis=0)"),
    wrong("zeros", "A blood pressure of 0 is not an unknown one.", "What would the model think of such a patient?", middle="np.zeros(X_train.shape[1])"),
    wrong("means", "Asked for is the median.", "One value is a hundred times too large: which of the two moves?", middle="np.nanmean(X_train, axis=0)"),
    wrong("one median for the whole table", "Each column is another measurement.", "What is the median of ages and blood pressures?",
          middle="np.nanmedian(X_train) * np.ones(X_train.shape[1])"),
    wrong("the test rows stay as they are", "They, too, have gaps.", "What does a network make of NaN?", edit=("test = np.where(np.isnan(X_test), middle_test, X_test)", "test = X_test + 0"), keeps=2))

fill.same("the test rows' medians are the training rows' here",
          "train = np.where(np.isnan(X_train), middle, X_train)  ->  train = np.where(np.isnan(X_train), middle_test, X_train)",
          "test = np.where(np.isnan(X_test), middle_test, X_test)  ->  test = np.where(np.isnan(X_test), middle, X_test)")
fill.same("what is no number has no sign",
          "train = np.where(np.isnan(X_train), middle, X_train)  ->  train = np.where(np.isnan(-X_train), middle, X_train)",
          "test = np.where(np.isnan(X_test), middle_test, X_test)  ->  test = np.where(np.isnan(-X_test), middle_test, X_test)")


# 2 ------------------------------------------------------------------------------------------------ the calibration error
@ex.function(parts={"error": 4}, pure=1, title="the calibration error", sizes={"n": 24})
def calibration_error(p, y, bins):
    place = np.minimum((p * bins).astype(int), bins - 1)
    error = 0.0
    for b in range(bins):
        here = place == b
        if np.any(here):
            gap = np.abs(np.mean(y[here]) - np.mean(p[here]))
            error = error + np.sum(here) * gap / len(p)
    return error


@calibration_error.inputs
def _(d):
    p = np.round(d.rng.beta(0.8, 1.1, d.size["n"]), 3)
    return dict(p=p, y=(d.rng.random(d.size["n"]) < 0.6 * p + 0.25).astype(float), bins=d.integer(3, 6))


calibration_error.hint("Sort the patients into bins by what was said. In each bin: how often did it happen, and what was said on average? Bins that hold many count more.")
calibration_error.when("one bin", bins=1).when("somebody was sure", p=lambda d: np.append(np.round(d.rng.random(d.size["n"] - 1), 3), 1.0))
calibration_error.when("an empty bin", p=lambda d: np.round(0.3 * d.rng.random(d.size["n"]), 3)).when("it always happens", y=1.0)
calibration_error.notice(factors=["-1", "bins", "1/bins", "len(p)", "1/len(p)"])
calibration_error.same("p and y have the same length", "error = error + np.sum(here) * gap / len(p)  ->  error = error + np.sum(here) * gap / len(y)",
                       "error = error + np.sum(here) * gap / len(p)  ->  error = error + np.sum(here) * gap / len(here)",
                       "error = error + np.sum(here) * gap / len(p)  ->  error = error + np.sum(here) * gap / len(place)")
calibration_error.same("a distance has no direction",
                       "gap = np.abs(np.mean(y[here]) - np.mean(p[here]))  ->  gap = np.abs(np.mean(p[here]) - np.mean(y[here]))")
calibration_error.known(
    wrong("every bin counts alike", "A bin of one patient should not count as much as a bin of hundred.", "How is a mean over patients made of means over bins?",
          edit=("np.sum(here) * gap / len(p)", "gap / bins"), keeps=1),
    wrong("the gap keeps its sign", "Too much in one bin does not make up for too little in another.", "What is your error for bins that are off by +0.1 and -0.1?",
          gap="np.mean(y[here]) - np.mean(p[here])", keeps=1),
    wrong("squared", "Asked for is the distance, not its square.", "In which unit is your answer?", gap="(np.mean(y[here]) - np.mean(p[here]))**2", keeps=1),
    wrong("the middle of the bin", "What was said is the mean of p in the bin, not the bin's middle.", "All in the bin from 0.2 to 0.4 were given 0.39: what was said?",
          gap="np.abs(np.mean(y[here]) - (b + 0.5) / bins)", keeps=1),
    wrong("each patient against the outcome", "A probability of 0.7 is right where it happens to seven of ten.", "What is the error of a fair coin that is said to be fair?",
          gap="np.mean(np.abs(y[here] - p[here]))", keeps=1),
    wrong("hits in place of frequencies", "How often it happened is asked for, not how often a guess at 0.5 was right.", "What does a bin around 0.1 say?",
          gap="np.abs(np.mean((p[here] > 0.5) == y[here]) - np.mean(p[here]))", keeps=1),
    wrong("the sure are lost", "p = 1 belongs into the last bin.", "In which bin is 1.0 * bins?", place="(p * bins).astype(int)"))


# 3 -------------------------------------------------------------------------------------------------------- net benefit
@ex.function(parts={"value": 3}, pure=1, title="net benefit", sizes={"n": 20})
def net_benefit(p, y, t):
    treated = p >= t
    right = np.sum(treated * y)
    needless = np.sum(treated * (1 - y))
    odds = t / (1 - t)
    value = (right - needless * odds) / len(p)
    return value


@net_benefit.inputs
def _(d):
    p = np.round(d.rng.random(d.size["n"]), 3)
    return dict(p=p, y=(d.rng.random(d.size["n"]) < 0.7 * p + 0.15).astype(float), t=d.number(0.12, 0.75) + 0.0003)


net_benefit.hint("Whoever treats from t = 0.1 on finds one true case worth nine needless treatments: each of these costs t / (1 - t).")
net_benefit.when("nobody is treated", p=0.01).when("everybody is treated", p=0.99).when("nobody is ill", y=0.0).when("at the threshold", p=0.25, t=0.25)
net_benefit.notice(factors=["-1", "len(p)", "1/len(p)"])
net_benefit.same("p and y have the same length", "value = (right - needless * odds) / len(p)  ->  value = (right - needless * odds) / len(y)",
                 "value = (right - needless * odds) / len(p)  ->  value = (right - needless * odds) / len(treated)")
net_benefit.known(
    wrong("a needless treatment costs as much as a true case gains", "The threshold says what it costs.", "What does somebody who treats at 10 % think of needless treatments?", odds="1.0", keeps=1),
    wrong("the odds upside down", "A low threshold means that needless treatments are cheap.", "Let t go to 0: what does a needless treatment cost?", odds="(1 - t) / t", keeps=1),
    wrong("the probability in place of the odds", "Break-even at t: t times the gain equals (1 - t) times the cost.", "What is the cost at t = 0.5?", odds="t", keeps=1),
    wrong("a share of the treated", "A benefit is counted over all patients, so that thresholds can be compared.", "Whom do you divide by?", edit=("/ len(p)", "/ max(np.sum(treated), 1)"), keeps=1),
    wrong("the sum", "Asked for is the benefit a patient.", "Does a hospital of twice the size have twice the benefit?", value="right - needless * odds", keeps=1),
    wrong("needless treatments are a gain", "They cost.", "Which sign has the second term?", value="(right + needless * odds) / len(p)", keeps=1),
    wrong("the untreated", "Treated is who has at least the probability t.", "Is a patient of p = 0.9 treated at t = 0.2?", treated="p < t"),
    wrong("not at the threshold itself", "From the threshold on, it included.", "Is a patient with p equal to t treated?", treated="p > t", keeps=2))


# 4 ------------------------------------------------------------------------------------------------------ a derivation
@ex.function(parts={"value": 3}, title="another hospital")
def elsewhere(p, here, there):
    odds = p / (1 - p) * (there / (1 - there)) / (here / (1 - here))
    value = odds / (1 + odds)
    return value


@elsewhere.inputs
def _(d):
    return dict(p=d.number(0.05, 0.95), here=d.number(0.2, 0.6), there=d.number(0.62, 0.93))


elsewhere.hint("By Bayes' rule, posterior odds are prior odds times the likelihood ratio, and the ratio is the same at both hospitals.")
elsewhere.known(
    wrong("the odds themselves", "Asked for is a probability.", "Can your value be above 1?", value="odds"),
    wrong("the prevalence twice", "The odds of the old hospital are in p already, and must come out.", "What is your answer if both hospitals are alike?",
          odds="p / (1 - p) * there / (1 - there)"),
    wrong("upside down", "Where more are ill, the same findings make illness likelier.", "Does your answer grow with there?", odds="p / (1 - p) * (here / (1 - here)) / (there / (1 - there))"),
    wrong("probabilities in place of odds", "Bayes' rule multiplies odds.", "Can your value be above 1?", value="np.minimum(p * there / here, 1.0)"),
    wrong("unchanged", "A probability holds for the patients among whom it was learnt.", "Nobody is ill at the other hospital: what is p there?", value="p"))


# 5 ------------------------------------------------------------------------------------------------------ the question
ex.question("judged", points=1, right="b", title="an AUC of 0.9",
            hint="What does the AUC do when all probabilities are halved?",
            a="The AUC looks at the order only. Are the probabilities right?",
            c="The AUC has no threshold, and says nothing of any one.",
            d="Were subgroups looked at one by one?")
