"""Names that files and people bring along: read from whatever bytes they come in, shown as text, made into names of files.

A name is text to show. It is never trusted as a path, and what a page is called after it is made by `safe`.
"""

from __future__ import annotations

import codecs
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Sequence

JOINERS = "\u200c\u200d"  # signs without width that join letters or keep them apart, in Persian and Hindi, say
SIGNS = f" _.,'()@+-{JOINERS}"  # that every file system takes within a name
MAX_NAME = 200  # bytes: a name with what is added to it may have 255
PAGES = ("cp850", "cp437", "cp852", "cp857", "cp775", "cp866", "cp737", "cp932", "cp936", "cp949", "cp950")  # of Windows, by region
WORDS = re.compile(r"[\s\d_.,'’()@+·・–/\\-]+")  # what parts the words of a name


class Undecided(ValueError):
    """Bytes that are text in more than one code page, or in none; the message shows the readings."""


# ------------------------------------------------------------------------------------------------------- bytes to text
def decoded(names: Sequence[bytes], page: str = "") -> tuple[list[str], str]:
    """Names of one archive as text: in UTF-8 where they are UTF-8, the others all in one code page of an older Windows.

    An archive does not say its code page. Those pages are asked in which all names are words, each in one alphabet and without a capital
    inside. Of several pages of the Latin alphabet, that one counts in which fewest words begin with a small accented letter, else the
    first in `PAGES`; between alphabets nobody guesses. Detectors of encodings are made for longer texts (tests/grader/test_filenames.py).

    Parameters
    ----------
    names : sequence of bytes
    page : str
        The code page, where it is known.

    Returns
    -------
    list of str, str
        And the code page; empty where all is UTF-8.

    Raises
    ------
    Undecided
        When the names are words in two alphabets, or in no code page known here.
    """
    old = [name for name in names if not is_utf8(name)]
    if old:
        page = page or page_of(sorted(set(old)))
    return [name.decode("utf-8") if is_utf8(name) else name.decode(page, "replace") for name in names], page if old else ""


def known_page(page: str) -> str:
    """A code page by its name, as Python knows it; empty where none is said."""
    try:
        return codecs.lookup(page).name if page else ""
    except LookupError:
        raise Undecided(f"--names {page!r} is no code page; asked for is one like {', '.join(PAGES[:6])}") from None


def is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def page_of(names: list[bytes]) -> str:
    """The code page in which names are words."""
    readings: dict[tuple[str, ...], str] = {}
    for page in PAGES:
        try:
            texts = tuple(name.decode(page) for name in names)
        except UnicodeDecodeError:
            continue
        if all(map(are_words, texts)):
            readings.setdefault(texts, page)
    shown = [f"{texts[0].split('/')[0]!r} (--names {page})" for texts, page in readings.items()]
    if not readings:
        raise Undecided(f"names like {names[0].decode('ascii', 'replace')[:60]!r} are in a code page that is not known; "
                        "give it: --names cp866, say")  # fmt: skip
    if len(readings) > 1 and any(script(c) != "LATIN" for texts in readings for c in "".join(texts) if c.isalpha()):
        raise Undecided(f"names can be read as {' or '.join(shown[:3])}; say which")
    return min(readings.items(), key=lambda reading: small(reading[0]))[1]


def small(texts: Sequence[str]) -> int:
    """How many words begin with a small letter that is no ASCII: names seldom do."""
    return sum(not word[:1].isascii() and word[:1].islower() for text in texts for word in WORDS.split(text))


def are_words(text: str) -> bool:
    """Whether a text is words, each in one alphabet and without a capital after a small letter that is no ASCII."""
    for word in WORDS.split(text):
        strange = [c for c in word if not c.isascii()]
        if any(unicodedata.category(c)[0] not in "LM" or c in "µªº" for c in strange):
            return False
        if strange and len({script(c) for c in word if c.isalpha()}) > 1:
            return False
        if any(c.isupper() and before.islower() and not (c.isascii() and before.isascii()) for before, c in itertools.pairwise(word)):
            return False
    return True


def script(letter: str) -> str:
    """The alphabet of a letter; those that Japanese is written in are one."""
    name = unicodedata.name(letter, "NONE").split()[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "IDEOGRAPHIC") else name


def of_disc(name: str) -> str:
    """A name as the disc has it; where its bytes are no UTF-8, which Python shows by halves of surrogates, what they mean, if known."""
    raw = name.encode("utf-8", "surrogateescape") if any("\udc80" <= c <= "\udcff" for c in name) else b""
    if not raw:
        return name
    try:
        return decoded([raw])[0][0]
    except Undecided:
        return name


# ----------------------------------------------------------------------------------------------------- text to be shown
def person(name: str) -> str:
    """What somebody is called, as text that shows: one space for every blank, no marks that turn the direction of writing."""
    kept = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", name) if c in JOINERS or unicodedata.category(c) != "Cf")
    return " ".join("".join(c if c.isprintable() or c in JOINERS else "\ufffd" for c in kept).split())


def printable(name: str) -> str:
    """A name as a terminal and a page can show it: a file may be called by half a character, or by what clears the screen."""
    return "".join(c if c.isprintable() else "?" for c in name)


def safe(name: str) -> str:
    """The name of a file that is called after somebody: the same where every system takes it, else made so and told apart by a hash.

    >>> safe("Ada O'Hara_4711"), safe("=cmd|x")
    ("Ada O'Hara_4711", '_cmd_x-f0a6fc9d')
    """
    fits = [c in SIGNS or unicodedata.category(c)[0] in "LNM" for c in name]
    if name and name[0].isalnum() and all(fits) and len(name.encode()) <= MAX_NAME and name == name.rstrip(" ."):
        return name
    kept = "".join(c if fit else "_" for c, fit in zip(name, fits)).encode("utf-8", "replace")[: MAX_NAME - 20].decode("utf-8", "ignore")
    start = kept if kept[:1].isalnum() else "_" + kept[1:]
    return f"{start}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
