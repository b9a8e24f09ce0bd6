"""No committed file may name a folder of one machine or the address of a package index: `python tools/check_addresses.py`.

Such a line works for the one who wrote it and for nobody else. Looked for in every text file that git tracks: this checkout's
own folder, the home folder and the temporary folder of whoever runs this, anybody's home folder, links to files, and options and
addresses of package indexes. The lock file may hold no address at all, and no lock file of npm may be committed.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Written in pieces, so that this file does not find itself.
EVERYWHERE = [
    r"/(?:home|Users)/" + r"[a-z][\w.-]*/",
    "/root" + r"/[\w.]",
    "file" + "://" + r"/\w",
    "--(?:extra-)?index" + "-url",
    "https?://[^\\s\"'<>]*/simp" + "le(?:/|\\b)",
    r'"resolved"\s*:\s*"http' + "s?:",
]
LOCK = "requirements.lock"
ALLOWED = {"tools/lock.sh"}         # looks for them itself


def patterns(name):
    here = {str(ROOT), str(Path.home()), sys.prefix} - {"/", "/root", "/usr", "/usr/local"}
    temporary = re.escape(str(Path(tempfile.gettempdir()).resolve())) + r"/[\w.]*[\w]"
    found = [*EVERYWHERE, *(re.escape(folder) + r"\b" for folder in sorted(here))]
    if name.endswith((".ipynb", ".html", ".csv", ".json")):         # where what a machine wrote is kept
        found.append(temporary)
    if name == LOCK:
        found.append("://|@ |(?<!\\S)/")
    return re.compile("|".join(found))


def tracked():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def main():
    found = []
    for name in tracked():
        if os.path.basename(name) in ("package-lock.json", "npm-shrinkwrap.json"):
            found.append(f"{name}: a lock file of npm names addresses")
        content = (ROOT / name).read_bytes()
        if b"\0" in content or name in ALLOWED:
            continue
        pattern = patterns(name)
        for number, line in enumerate(content.decode("utf8", "replace").splitlines(), 1):
            if hit := pattern.search(line):
                found.append(f"{name}:{number}: {hit.group()}")
    print("\n".join(found) if found else "no machine's folders and no package index's address in any file")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
