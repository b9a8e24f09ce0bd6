"""Spec of applications/reinforcement: discounted returns, the target of Q-learning, advantages (arXiv:1506.02438), the clipped surrogate (arXiv:1707.06347)."""

import numpy as np

from nnopt.grader.exercise.spec import Exercise, also, wrong

ex = Exercise("applications/reinforcement", title="Reinforcement learning")


def some_ends(d, size):
    """Zeros and ones, at least one of each where there is room."""
    ends = (d.rng.random(size) < 0.35).astype(float)
    ends[d.rng.integers(0, max(size - 1, 1))] = 1.0
    ends[-1] = 0.0
    return ends


# 1 -------------------------------------------------------------------------------------------------- discounted returns
@ex.function(parts={"G": 3}, pure=1, title="discounted returns", sizes={"n": 6})
def returns(r, end, gamma):
    G = np.zeros(len(r))
    run = 0.0
    for t in range(len(r) - 1, -1, -1):
        later = gamma * run * (1 - end[t])
        run = r[t] + later
        G[t] = run
    return G


@returns.inputs
def _(d):
    return dict(r=d.normal("n"), end=some_ends(d, d.size["n"]), gamma=d.number(0.5, 0.97))


returns.hint("Go from the last step to the first: the return of a step is its reward, and gamma times the return of the next step, if there is one in the same episode.")
returns.when("no end", end=0.0).when("every step ends", end=1.0).when("no discount", gamma=1.0).when("one step", n=1, sizes={"n": 1}, end=lambda d: np.zeros(1))
returns.notice(factors=["-1", "gamma", "1/gamma"])
returns.right(also("with a choice", later="gamma * run if end[t] == 0 else 0.0"))
returns.known(
    wrong("runs over the end", "Behind an end another episode begins, whose rewards were not earned by this step.", "Where is end in your lines?", later="gamma * run", keeps=0),
    wrong("the end's own reward is lost", "The step that ends an episode has earned its reward.", "What is G at a step that ends?",
          edit=("run = r[t] + later", "run = (r[t] + gamma * run) * (1 - end[t])")),
    wrong("no discount", "What comes later counts less, by gamma a step.", "What is gamma for?", later="run * (1 - end[t])"),
    wrong("the reward is discounted, too", "The first reward counts in full.", "What is the return of one step alone?", edit=("run = r[t] + later", "run = gamma * r[t] + later")),
    wrong("forwards", "A return looks ahead: begin at the last step.", "What is the return of the last step?", edit=("range(len(r) - 1, -1, -1)", "range(len(r))")),
    wrong("the end one step too early", "end[t] says that the episode is over after step t.", "Which step is the last of its episode?",
          later="gamma * run * (1 - end[min(t + 1, len(r) - 1)])"))

returns.same("r, end and G have the same length",
             "G = np.zeros(len(r))  ->  G = np.zeros(len(end))",
             "for t in range(len(r) - 1, -1, -1):  ->  for t in range(len(G) - 1, -1, -1):",
             "for t in range(len(r) - 1, -1, -1):  ->  for t in range(len(end) - 1, -1, -1):")


# 2 ------------------------------------------------------------------------------------------------------- the TD target
@ex.function(parts={"y": 4}, pure=1, title="the target", sizes={"n": 7, "k": 3})
def td_target(r, Q_next, failed, timed_out, gamma):
    best = np.max(Q_next, axis=1)
    goes_on = 1 - failed
    y = r + gamma * goes_on * best
    return y


@td_target.inputs
def _(d):
    n = d.size["n"]
    failed = some_ends(d, n)
    timed_out = np.where(failed == 0, d.rng.random(n) < 0.5, 0.0)
    timed_out[-1] = 1.0
    return dict(r=d.normal("n"), Q_next=d.normal("n", "k", scale=3), failed=failed, timed_out=timed_out, gamma=d.number(0.5, 0.97))


td_target.hint("Had nobody looked at the clock, what would the pole that still stands at step 500 have been worth? And the one that fell?")
td_target.when("values below zero", Q_next=lambda d: -np.abs(d.normal("n", "k")) - 1).when("all fail", failed=1.0, timed_out=0.0)
td_target.when("all are cut", failed=0.0, timed_out=1.0).when("one action", sizes={"k": 1})
td_target.notice(factors=["-1", "gamma", "1/gamma"])
td_target.right(also("chosen", y="np.where(failed == 1, r, r + gamma * best)"))
td_target.same("axis 1 of a table is its last", "best = np.max(Q_next, axis=1)  ->  best = np.max(Q_next, axis=-1)")
td_target.known(
    wrong("a time limit taken for a failure", "At the time limit somebody stops looking, and the world would have gone on: its value is not zero.",
          "A pole that stands at step 500: is its state worth less than at step 499?", goes_on="(1 - failed) * (1 - timed_out)", keeps=1),
    wrong("a failure goes on", "Behind a failure nothing more can be earned.", "What is a fallen pole worth?", goes_on="np.ones(len(r))", keeps=1),
    wrong("only time limits end", "It is the failure that ends what can be earned.", "Which of the two is a property of the world?", goes_on="1 - timed_out", keeps=1),
    wrong("the reward is lost at an end", "The last step, too, has earned its reward.", "What is y at a failure?", y="(r + gamma * best) * goes_on", keeps=2),
    wrong("no discount", "The next state is a step away.", "What is gamma for?", y="r + goes_on * best", keeps=2),
    wrong("the mean of the actions", "Q-learning asks what the best action is worth.", "What does max do in the formula?", best="np.mean(Q_next, axis=1)", keeps=1),
    wrong("the largest of the table", "Each row is another state.", "How many maxima do you need?", best="np.max(Q_next)", keeps=1),
    wrong("the number of the action", "The value of the best action is asked for, not its number.", "What does argmax return?", best="np.argmax(Q_next, axis=1)", keeps=1))


# 3 ---------------------------------------------------------------------------------------------------------- advantages
@ex.function(parts={"A": 4}, title="advantages", sizes={"n": 6})
def advantages(r, V, V_next, failed, cut, gamma, lam):
    A = np.zeros(len(r))
    run = 0.0
    for t in range(len(r) - 1, -1, -1):
        delta = r[t] + gamma * (1 - failed[t]) * V_next[t] - V[t]
        ahead = gamma * lam * (1 - cut[t]) * run
        run = delta + ahead
        A[t] = run
    return A


@advantages.inputs
def _(d):
    n = d.size["n"]
    failed = some_ends(d, n)
    cut = np.maximum(failed, (d.rng.random(n) < 0.3).astype(float))
    if (cut == failed).all():
        cut[np.flatnonzero(failed == 0)[0]] = 1.0
    return dict(r=d.normal("n"), V=d.normal("n"), V_next=d.normal("n"), failed=failed, cut=cut, gamma=d.number(0.6, 0.97), lam=d.number(0.4, 0.9))


advantages.hint("Two zeros: the value behind a failure is 0, and no sum runs over a cut, whatever the reason for it.")
advantages.when("one step ahead", lam=0.0).when("all the way", lam=1.0).when("no cut", failed=0.0, cut=0.0).when("cut at every step", cut=1.0)
advantages.when("no discount", gamma=1.0)
advantages.notice(factors=["-1", "gamma", "lam"])
advantages.known(
    wrong("the sum runs over a cut", "Behind a cut stands another episode.", "Which step comes after the last of an episode?", ahead="gamma * lam * run", keeps=0),
    wrong("the sum stops at failures only", "Behind a time limit, too, another episode begins.", "What is cut, beside failed?", ahead="gamma * lam * (1 - failed[t]) * run"),
    wrong("a time limit taken for a failure", "At the time limit the state still has its value.", "Is a pole that stands at step 500 worth nothing?",
          delta="r[t] + gamma * (1 - cut[t]) * V_next[t] - V[t]"),
    wrong("a failure goes on", "Behind a failure nothing more can be earned.", "What is a fallen pole worth?", delta="r[t] + gamma * V_next[t] - V[t]"),
    wrong("no lambda", "Later surprises count gamma lambda a step.", "What is A for lam = 0?", ahead="gamma * (1 - cut[t]) * run"),
    wrong("no gamma in the sum", "Later surprises count gamma lambda a step.", "Where does gamma stand in the formula?", ahead="lam * (1 - cut[t]) * run"),
    wrong("the value is not taken away", "An advantage is what is better than expected.", "What is A where everything came as expected?",
          delta="r[t] + gamma * (1 - failed[t]) * V_next[t]"),
    wrong("no discount in the surprise", "The next state is a step away.", "Where does gamma stand in the formula?", delta="r[t] + (1 - failed[t]) * V_next[t] - V[t]"),
    wrong("forwards", "An advantage looks ahead: begin at the last step.", "What is the advantage of the last step?", edit=("range(len(r) - 1, -1, -1)", "range(len(r))")))

advantages.same("all arrays have the same length",
                "A = np.zeros(len(r))  ->  A = np.zeros(len(V))",
                "A = np.zeros(len(r))  ->  A = np.zeros(len(V_next))",
                "A = np.zeros(len(r))  ->  A = np.zeros(len(cut))",
                "A = np.zeros(len(r))  ->  A = np.zeros(len(failed))",
                "for t in range(len(r) - 1, -1, -1):  ->  for t in range(len(A) - 1, -1, -1):",
                "for t in range(len(r) - 1, -1, -1):  ->  for t in range(len(V) - 1, -1, -1):",
                "for t in range(len(r) - 1, -1, -1):  ->  for t in range(len(V_next) - 1, -1, -1):",
                "for t in range(len(r) - 1, -1, -1):  ->  for t in range(len(cut) - 1, -1, -1):",
                "for t in range(len(r) - 1, -1, -1):  ->  for t in range(len(failed) - 1, -1, -1):")


# 4 ------------------------------------------------------------------------------------------------ the clipped surrogate
@ex.function(parts={"loss": 4}, pure=1, title="the clipped surrogate", sizes={"n": 8})
def surrogate(log_new, log_old, A, eps):
    rho = np.exp(log_new - log_old)
    held = np.clip(rho, 1 - eps, 1 + eps)
    gain = np.minimum(rho * A, held * A)
    loss = -np.mean(gain)
    return loss


@surrogate.inputs
def _(d):
    return dict(log_new=-d.positive("n"), log_old=-d.positive("n"), A=d.normal("n"), eps=d.number(0.1, 0.3))


surrogate.hint("The clip may take a gain away, never a loss: write both products, and take the smaller one of each step.")
surrogate.when("nothing has changed", log_new=-0.7, log_old=-0.7).when("all became likelier", log_new=-0.1, log_old=-1.2)
surrogate.when("all became less likely", log_new=-1.2, log_old=-0.1).when("only bad actions", A=lambda d: -np.abs(d.normal("n")) - 0.1)
surrogate.when("only good actions", A=lambda d: np.abs(d.normal("n")) + 0.1).when("one step", n=1, sizes={"n": 1})
surrogate.notice(factors=["-1", "len(A)", "1/len(A)"])
surrogate.known(
    wrong("clipped always", "A step that made a good action less likely must be seen, however far it went.", "A > 0 and rho = 0.1: is the gradient of your loss zero?",
          gain="held * A", keeps=1),
    wrong("never clipped", "Beyond 1 + eps a good action gains nothing more.", "What is eps for?", gain="rho * A", keeps=1),
    wrong("the larger of the two", "The surrogate is a lower bound of the gain.", "Which of the two is more careful?", gain="np.maximum(rho * A, held * A)", keeps=1),
    wrong("the smaller ratio", "The minimum is of the products: with a negative advantage the smaller ratio is the larger product.", "A = -1 and rho = 2: what is the smaller product?",
          gain="np.minimum(rho, held) * A", keeps=1),
    wrong("the sign", "A loss is minimized, a gain is not.", "Which way will the optimizer go?", loss="np.mean(gain)", keeps=1),
    wrong("the sum", "Asked for is the mean over the steps.", "Does a batch of twice the size have twice the loss?", loss="-np.sum(gain)", keeps=1),
    wrong("the ratio upside down", "New above old: an action that became likelier has a ratio above 1.", "Which of the two moves when theta moves?", rho="np.exp(log_old - log_new)", keeps=1),
    wrong("a ratio of logarithms", "The logarithm of a ratio is a difference.", "What is the ratio where nothing has changed?", rho="log_new / log_old", keeps=1),
    wrong("the logarithm of the ratio", "The ratio is that of the probabilities themselves.", "What is the ratio where nothing has changed?", rho="log_new - log_old", keeps=1),
    wrong("clipped at eps", "The ratio is held near 1.", "What is the ratio where nothing has changed?", held="np.clip(rho, -eps, eps)", keeps=1))


# 5 --------------------------------------------------------------------------------------------------------- the question
ex.question("optimizer", points=1, right="c", title="what moves the weights",
            hint="Which line of an agent's program changes theta?",
            a="PPO says what is to be minimized, and on which data. Which rule turns its gradient into a step?",
            b="The clip bounds what a step may gain. Does it say how long the step is?",
            d="The critic's values enter the loss. Do they change a weight of the actor?")
