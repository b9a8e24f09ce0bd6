# expect: partial or crashed or timeout, 2 points
# Which it is depends on who asks for the last bytes, and on how fast the machine hands them out.
kept = []


def double(x):
    while True:
        kept.append(bytearray(64 << 20))
