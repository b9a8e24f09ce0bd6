#!/bin/sh
# grade_sample_class.sh NNOPT CLASS REPORT: grades the sample class, in the sandbox where this system offers one.
set -u

if said=$("$1" sandbox 2>&1); then
    exec "$1" grade "$2" --out "$3" --timeout 3
fi
echo "No sandbox holds on this system, so the sample class, whose notebooks are this repository's own, is graded with --no-sandbox."
echo "$said" | tail -n 1
exec "$1" grade "$2" --out "$3" --timeout 3 --no-sandbox
