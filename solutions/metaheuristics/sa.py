"""Spec of metaheuristics/sa: Metropolis' rule, the cooling, a chain, temperatures from a wish (Kirkpatrick et al. 1983), a question."""

import numpy as np

from nnopt.grader.exercise.draw import ELEMENTWISE
from nnopt.grader.exercise.problems import Objective
from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("metaheuristics/sa", title="Simulated annealing")


# 1 ------------------------------------------------------------------------------------------------------------- the rule
@ex.function(parts={"p": 3}, pure=1, title="the rule", forms=ELEMENTWISE)
def probability(change, T):
    p = np.minimum(1, np.exp(-change / T))
    return p


@probability.inputs
def _(d):
    return dict(change=d.normal(scale=2), T=d.number(0.3, 4))


probability.hint("What is exp(-change / T) where the move gains, and what may a probability be at most?")
probability.right(also("by cases", p="np.where(change <= 0, 1.0, np.exp(-np.maximum(change, 0) / T))"))
probability.when("no change", change=0)
probability.known(
    wrong("not cut at one", "Where a move gains, this is more than one.", "What is your answer for change = -1?", p="np.exp(-change / T)"),
    wrong("the sign of the change", "A move that gains is unlikely here, and one that costs is certain.", "Is a change of -1 good or bad?",
          p="np.minimum(1, np.exp(change / T))"),
    wrong("multiplied by T", "The hotter, the likelier is a move uphill; here it is the other way round.", "What should happen as T grows?",
          p="np.minimum(1, np.exp(-change * T))"),
    wrong("only downhill", "Uphill moves are never made here: that is a descent.", "What is the answer for a small cost and a high temperature?",
          p="np.where(change <= 0, 1.0, 0.0)"),
    wrong("the size of the change", "A move that gains is always made.", "What is your answer for change = -1?", p="np.exp(-abs(change) / T)"),
    wrong("the logistic rule", "That is Glauber's rule, which keeps the same law but makes fewer moves.", "What is your answer for change = 0?",
          p="1 / (1 + np.exp(change / T))"))


# 2 ---------------------------------------------------------------------------------------------------------- the cooling
@ex.function(parts={"T": 2}, pure=1, title="the cooling", forms=ELEMENTWISE)
def cooling(share, hot, cold):
    T = hot * (cold / hot) ** share
    return T


@cooling.inputs
def _(d):
    return dict(share=d.uniform(), hot=d.number(1, 5), cold=d.number(0.01, 0.5))


cooling.hint("Put share = 0 and share = 1 into your line: do you get hot and cold? And at 1/2, their geometric mean?")
cooling.right(also("by logarithms", T="np.exp((1 - share) * np.log(hot) + share * np.log(cold))"))
cooling.when("the start", share=0).when("the end", share=1)
cooling.known(
    wrong("linear", "This falls by equal steps, not by equal factors.", "What is the temperature half-way?", T="hot + (cold - hot) * share"),
    wrong("ends at zero", "At the end this is not cold.", "Put share = 1.", T="hot * cold ** share"),
    wrong("backwards", "This heats up.", "Put share = 0.", T="cold * (hot / cold) ** share"),
    wrong("exponential in the share", "At the end this is not cold.", "Put share = 1.", T="hot * np.exp(-share)"))


# 3 ------------------------------------------------------------------------------------------------------------- a chain
@ex.function(parts={"path": 4}, title="the chain", sizes={"d": 2, "n": 14},
             uses={"probability": "np.minimum(1.0, 0.9 * np.exp(-change / (T + 0.2)))"})
def anneal(f, x, steps, chances, T):
    path = [x]
    for i in range(len(steps)):
        to = x + steps[i]
        change = f(to) - f(x)
        if chances[i] < probability(change, T[i]):
            x = to
        path.append(x)
    return np.array(path)


@anneal.inputs
def _(d):
    return dict(f=Objective("rastrigin", np.round(d.rng.normal(size=2), 2)), x=d.normal("d", scale=2), steps=d.normal("n", "d", scale=0.7),
                chances=d.uniform("n"), T=np.round(np.exp(d.rng.uniform(-1, 4, d.size["n"])), 3))  # fmt: skip


anneal.hint("Where does the walk stand after a move that was refused, and is that place in your list?")
anneal.when("one round", sizes={"d": 2, "n": 1}).when("very cold", T=1e-9)
anneal.same("a drawn number is never exactly the probability",
            "if chances[i] < probability(change, T[i]):  ->  if chances[i] <= probability(change, T[i]):")
anneal.same("there are as many", "for i in range(len(steps)):  ->  for i in range(len(T)):",
            "for i in range(len(steps)):  ->  for i in range(len(chances)):")
anneal.known(
    wrong("compares the wrong way", "A move is made where the number drawn is less than its probability.", "How often is a move of probability 0.9 made here?",
          edit=("chances[i] < probability(change, T[i])", "chances[i] > probability(change, T[i])")),
    wrong("the change of sign", "The change is the new value minus the old one.", "Is a move that gains always made?", change="f(x) - f(to)"),
    wrong("one temperature for all rounds", "Each round has its own temperature.", "Which T belongs to round i?",
          edit=("probability(change, T[i])", "probability(change, T[0])")),
    wrong("one draw for all rounds", "Each round has its own draw.", "Which of the chances belongs to round i?",
          edit=("chances[i] <", "chances[0] <")),
    wrong("steps from the start", "A step goes from where the walk stands, not from where it began.", "What is x in round 2?", to="path[0] + steps[i]"),
    wrong("every move is made", "The probability is not asked for.", "Where do the chances enter?", edit=("chances[i] < probability(change, T[i])", "True")),
    wrong("leaves out the start", "The path begins after the first round.", "What is path[0]?", returns="np.array(path[1:])", keeps=2),
    wrong("the last place only", "Asked for are all places.", "What shape has the result?", returns="x"))


# 4 ------------------------------------------------------------------------------------------------------- the derivation
@ex.function(parts={"T": 3}, title="how hot")
def wished(share, U, p, q):
    hot = -U / np.log(p)
    cold = -U / np.log(q)
    T = hot * (cold / hot) ** share
    return T


@wished.inputs
def _(d):
    return dict(share=d.number(0.1, 0.9), U=d.number(0.5, 5), p=d.number(0.5, 0.95), q=d.number(0.001, 0.1))


wished.hint("Solve exp(-U / T) = p for T. Which of p and q belongs to the start?")
wished.right(also("in one line", T="U / ((-np.log(p)) ** (1 - share) * (-np.log(q)) ** share)"))
wished.known(
    wrong("the probability falls geometrically", "It is the temperature that falls geometrically.", "Which quantity is cooled in part 2?",
          T="-U / np.log(p * (q / p) ** share)"),
    wrong("start and end exchanged", "The first temperature comes from p.", "Put share = 0.", T="cold * (hot / cold) ** share"),
    wrong("without the logarithm", "exp(-U / T) = p is solved for T by a logarithm.", "Put share = 0 and p = exp(-1): what is T?",
          hot="U / p", cold="U / q", keeps=0),
    wrong("linear", "The cooling of part 2 is geometric.", "What is T half-way?", T="hot + (cold - hot) * share"))


# 5 --------------------------------------------------------------------------------------------------------- the question
ex.question("law", points=1, right="a", title="Boltzmann's law",
            hint="Write down the ratio of the two weights exp(-J / T).",
            b="What is the difference of the values, divided by T?",
            c="Do the weights go with the values, or with exp(-value / T)?",
            d="At a constant temperature above zero, is a move uphill impossible?")
