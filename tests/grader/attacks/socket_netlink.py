# expect: partial, 2 points
# unguarded: right, 4 points
import socket


def double(x):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    return 2 * x
