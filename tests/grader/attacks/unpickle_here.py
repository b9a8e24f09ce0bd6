# expect: partial, 2 points
import pickle


def double(x):
    return pickle.loads(b"cos\nsystem\n(S'touch @STRAY@'\ntR.") or x.missing
