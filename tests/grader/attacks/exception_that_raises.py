# expect: partial, 2 points
class Monster(Exception):
    def __str__(self):
        raise Monster


def double(x):
    raise Monster
