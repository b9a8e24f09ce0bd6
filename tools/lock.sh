#!/bin/sh
# Writes requirements.lock: names, versions and hashes for every supported Python and platform, and no index's address.
# The argument is a Python that has uv. Settings of this machine (mirrors, local folders) are not asked.
set -eu

for name in $(env | sed -n 's/^\(UV_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
{
    echo '# Written by `make lock` from pyproject.toml: name, version and hashes of everything that `make` installs,'
    echo '# for Python 3.11 to 3.14 on Linux and macOS.'
    "$1" -m uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --extra book --extra dev pyproject.toml
} > requirements.lock.new
if grep -n '://\|file:\|--index\|--find-links' requirements.lock.new; then
    echo "requirements.lock would name an address (above), so it was not written" >&2
    rm requirements.lock.new
    exit 1
fi
mv requirements.lock.new requirements.lock
