# expect: partial, 2 points
class Monster(Exception):
    def __str__(self):
        return "x" * 5_000_000


def double(x):
    raise Monster
