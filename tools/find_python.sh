#!/bin/sh
# Prints a Python that nnopt runs on (3.11 to 3.14): the one named as argument, else the first that is found.
set -u

if [ "$(uname -s)-$(uname -m)" = "Darwin-x86_64" ]; then
    echo "nnopt needs Linux or a Mac with Apple silicon: Numba is not published for Intel Macs." >&2
    exit 2
fi

[ $# -gt 0 ] || set -- python3 python3.14 python3.13 python3.12 python3.11
found=""
for python in "$@"; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case $version in
        3.11 | 3.12 | 3.13 | 3.14) echo "$python"; exit 0 ;;
    esac
    found="$found $python is Python $version;"
done
echo "nnopt needs Python 3.11 to 3.14, but found${found:- none as $*;} install one, or name it: make PYTHON=/path/to/python3.12" >&2
exit 2
