# expect: partial, 2 points
# unguarded: partial, 2 points
# What it runs is seen by the file that is made.
import pickle


def double(x):
    return pickle.loads(b"cos\nsystem\n(S'touch @STRAY@'\ntR.") or x.missing
