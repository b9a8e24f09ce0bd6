"""Spec of applications/finance: walk-forward splits with a purge (Lopez de Prado 2018), costs of decisions and their threshold (Elkin 2001), a question."""

import numpy as np

from nnopt.grader.exercise.spec import Exercise, wrong

ex = Exercise("applications/finance", title="Finance")


# 1 ------------------------------------------------------------------------------------------------ a split with a purge
@ex.function(parts={"train": 4, "test": 2}, title="a walk-forward split")
def split(total, first, days, horizon, j):
    start = first + j * days
    end = start - horizon
    stop = np.minimum(start + days, total)
    train = np.arange(end)
    test = np.arange(start, stop)
    return train, test


@split.inputs
def _(d):
    first, days, j = d.integer(15, 25), d.integer(4, 9), d.integer(1, 3)
    return dict(total=first + (j + 1) * days + d.integer(1, 8), first=first, days=days, horizon=d.integer(2, 6), j=j)


split.hint("Where does test j begin? A label of day i is known on day i + horizon. Which is the last day whose label is known before the test begins?")
split.when("the first test", j=0).when("the last test is shorter", total=34, first=20, days=8, j=1, horizon=3).when("labels of the next day", horizon=1)
split.known(
    wrong("no purge", "The label of the last training day looks horizon days ahead, into the test.", "On the day when the test begins, is the label of the day before known?",
          end="start", keeps=2),
    wrong("one day too few is purged", "A label of day i looks up to day i + horizon.", "Up to which day does the label of the last training day look? May the test begin on that day?",
          end="start - horizon + 1", keeps=2),
    wrong("one day too many is purged", "Day start - horizon - 1 has a label that looks up to start - 1, which is known.", "Which is the last day with a label that is known?",
          end="start - horizon - 1", keeps=2),
    wrong("the purge is in the test", "Every day from start on is tested; what is left out is left out of training.", "Which days are tested in no split at all?",
          edit=("    end = start - horizon\n", "    end = start\n    start = start + horizon\n")),
    wrong("the future is trained on", "What is learnt from lies before what is tested.", "Which of your training days come after the test?",
          train="np.concatenate([np.arange(end), np.arange(stop + horizon, total)])", keeps=2),
    wrong("always the same training days", "With every split there is more to learn from.", "What does split j know that split 0 did not?", end="first - horizon", keeps=2),
    wrong("always the first test", "Test j begins j times days later.", "Where is j in your lines?", start="first + 0 * j"),
    wrong("beyond the last day", "There are total days.", "What is the last entry of the last test?", stop="start + days", keeps=4))


# 2 -------------------------------------------------------------------------------------------------------- a mean cost
@ex.function(parts={"cost": 3}, pure=1, title="what decisions cost", sizes={"n": 15})
def mean_cost(p, y, false_alarm, missed, t):
    refused = p >= t
    alarms = np.sum(refused * (1 - y))
    misses = np.sum((1 - refused) * y)
    cost = (false_alarm * alarms + missed * misses) / len(p)
    return cost


@mean_cost.inputs
def _(d):
    p = np.round(d.rng.random(d.size["n"]), 3)
    return dict(p=p, y=(d.rng.random(d.size["n"]) < 0.6 * p + 0.2).astype(float), false_alarm=d.number(0.6, 2), missed=d.number(3, 8), t=d.number(0.2, 0.7) + 0.0003)


mean_cost.hint("Two kinds of mistake, each with its own price: a good credit refused, and a bad one given.")
mean_cost.when("all are refused", p=0.99).when("none is refused", p=0.01).when("all are good", y=0.0).when("all are bad", y=1.0).when("at the threshold", p=0.25, t=0.25)
mean_cost.notice(factors=["-1", "len(p)", "1/len(p)"])
mean_cost.same("p, y and refused have the same length",
               "cost = (false_alarm * alarms + missed * misses) / len(p)  ->  cost = (false_alarm * alarms + missed * misses) / len(y)",
               "cost = (false_alarm * alarms + missed * misses) / len(p)  ->  cost = (false_alarm * alarms + missed * misses) / len(refused)")
mean_cost.known(
    wrong("prices exchanged", "A bad credit that is given costs missed.", "Nobody is refused: which of the two prices should count?", cost="(missed * alarms + false_alarm * misses) / len(p)", keeps=1),
    wrong("mistakes are counted", "Two kinds of mistake have two prices.", "Where are the prices in your line?", cost="(alarms + misses) / len(p)", keeps=1),
    wrong("the sum", "Asked for is the mean over all credits.", "Does a bank of twice the size have twice the cost a credit?", cost="false_alarm * alarms + missed * misses", keeps=1),
    wrong("a mean for each class", "All credits count alike.", "Whom do you divide by?",
          cost="false_alarm * alarms / max(np.sum(1 - y), 1) + missed * misses / max(np.sum(y), 1)", keeps=1),
    wrong("the other decision", "Refused is who has at least the probability t of going bad.", "Is a credit of p = 0.9 refused at t = 0.5?", refused="p < t"),
    wrong("not at the threshold itself", "From the threshold on, it included.", "Is p equal to t refused?", refused="p > t", keeps=2),
    wrong("right decisions cost, too", "Who is refused rightly costs nothing here.", "All are bad and all are refused: what is the cost?",
          alarms="np.sum(refused * np.ones(len(y)))"),
    wrong("probabilities in place of decisions", "A credit is refused or given, not by a third.", "What does t do in your lines?", refused="p + 0 * t"))


# 3 -------------------------------------------------------------------------------------------------------- a derivation
@ex.function(parts={"value": 3}, title="the cheapest threshold")
def threshold(false_alarm, missed):
    value = false_alarm / (false_alarm + missed)
    return value


@threshold.inputs
def _(d):
    return dict(false_alarm=d.number(0.5, 3), missed=d.number(3.2, 20))


threshold.hint("At the threshold both decisions cost the same on average. What does it cost to refuse, and what to give, if the credit goes bad with the probability p?")
threshold.notice(factors=["2", "1/2"])
threshold.known(
    wrong("the other price on top", "The dearer a missed bad credit, the earlier one refuses.", "Let missed go to infinity: what should the threshold be?", value="missed / (false_alarm + missed)"),
    wrong("the odds", "That is where the odds stand, p / (1 - p); asked for is the probability.", "Both cost the same: is your threshold one half?", value="false_alarm / missed"),
    wrong("the odds upside down", "The dearer a missed bad credit, the earlier one refuses.", "Let missed go to infinity.", value="missed / false_alarm"),
    wrong("one half", "That is right where both mistakes cost the same.", "What does a missed one cost?", value="0.5 + 0 * missed"),
    wrong("a difference", "Set (1 - p) false_alarm equal to p missed, and solve for p.", "Can your threshold be negative?", value="false_alarm / (missed - false_alarm)"))


# 4 ------------------------------------------------------------------------------------------------------- the shrinking
@ex.function(parts={"value": 3}, title="how many days to tell")
def days_needed(edge, z):
    value = (1 / 4 - edge**2) * (z / edge) ** 2
    return value


@days_needed.inputs
def _(d):
    return dict(edge=d.number(0.005, 0.15), z=d.number(1.3, 3))


days_needed.hint("A hit is a coin with the probability 0.5 + edge: what is its variance, and the standard error of the mean of n? Set the edge equal to z standard errors.")
days_needed.same("a square knows no sign", "value = (1 / 4 - edge ** 2) * (z / edge) ** 2  ->  value = (1 / 4 - edge ** 2) * (-z / edge) ** 2",
                 "value = (1 / 4 - edge ** 2) * (z / edge) ** 2  ->  value = (1 / 4 - edge ** 2) * (z / -edge) ** 2")
days_needed.known(
    wrong("the standard error, not squared", "The standard error falls with the root of the number of days.", "Half the edge: how many times as many days?", value="(1 / 4 - edge**2) * z / edge"),
    wrong("the variance of the outcome +-1", "A hit is 1 or 0: its variance is p (1 - p).", "What is the variance of a fair coin?", value="4 * (1 / 4 - edge**2) * (z / edge) ** 2"),
    wrong("the standard deviation", "The variance belongs there.", "What is the variance of a fair coin?", value="np.sqrt(1 / 4 - edge**2) * (z / edge) ** 2"),
    wrong("the second moment", "p (1 - p) with p = 0.5 + edge.", "Write p (1 - p) out.", value="(0.5 + edge) * (z / edge) ** 2"),
    wrong("upside down", "A smaller edge needs more days.", "Let the edge go to 0.", value="(edge / z) ** 2 / (1 / 4 - edge**2)"))


# 5 ------------------------------------------------------------------------------------------------------ the question
ex.question("leak", points=1, right="c", title="which of these leaks",
            hint="In which of them does something of the test days reach the training?",
            a="Both are known on the day itself. Does the forecast look ahead?",
            b="The mean is of training days only. What is known on each test day?",
            d="Later training days know more, and nothing of the test. Is that a leak?")
