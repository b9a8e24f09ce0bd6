# expect: partial, 3 points
class Every(str):
    def __getitem__(self, part):
        return Every("abcd")

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


letter = Every("abcd")


def double(x):
    return 2 * x
