"""What is counted in the survey's text, which is not part of this repository: NNOPT_SURVEY names its file. It answers survey-compares."""

import hashlib
import os
import re
from pathlib import Path

METHODS = ()
PLACES = ("../shared/survey",)  # beside the repository


def text():
    """The survey as it was given, or None where it is not at hand."""
    root = Path(__file__).resolve().parents[4]
    named = [Path(os.environ["NNOPT_SURVEY"])] if "NNOPT_SURVEY" in os.environ else []
    found = [path for place in PLACES for path in sorted((root / place).glob("*.txt"))]
    return next((path.read_text(encoding="utf8") for path in [*named, *found] if path.is_file()), None)


def section(whole, numeral):
    """The text from the heading of a section to that of the next."""
    return re.search(rf"^#+ \W*{numeral}\. .*?$(.*?)(?=^#+ \W*[IVX]+\. )", whole, re.MULTILINE | re.DOTALL)[1]


def measure(jobs=None, quick=False):
    whole = text()
    if whole is None:
        raise SystemExit("reading: the survey's text is not at hand; set NNOPT_SURVEY to its file")
    part = section(whole, "V")
    counts = dict(
        numerals=len(re.findall(r"\d", re.sub(r"\[\d+\]", "", part))), tables=part.count("\n|"), figures=len(re.findall(r"!\[|\bFig", part))
    )
    return {"section V": counts, "text": {"sha256": hashlib.sha256(whole.encode()).hexdigest(), "words in section V": len(part.split())}}
