"""The ledger: 57 claims, what the tables say to each, and the verdict that the rules compute."""

import functools
import hashlib
import inspect
import json
import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from . import questions, store
from .rules import Verdict, by_cells

REGISTER = Path(__file__).parent / "register.toml"
LETTERS = {"holds": "H", "holds where": "W", "refuted": "R", "not settled here": "N"}
SIGNS = {"holds": "●", "holds where": "◐", "refuted": "○", "not settled here": "?", "not measured here": "–"}


@dataclass(frozen=True)
class Claim:
    """A falsifiable sentence of the survey, and what was fixed before it was measured."""

    id: str
    quotes: tuple
    section: str
    kind: str
    quantifier: str
    means: str
    run: str
    rule: str
    pitfall: str
    evidence: str
    foresight: dict = field(hash=False)

    @property
    def registered(self):
        """The hash of all that is fixed but the foresight."""
        fixed = {name: value for name, value in vars(self).items() if name != "foresight"}
        return hashlib.sha256(json.dumps(fixed, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def question(self):
        """The function that asks the tables, or None."""
        return getattr(questions, self.id.replace("-", "_"), None)

    @property
    def tables(self):
        return tuple(inspect.signature(self.question).parameters) if self.question else ()


@dataclass(frozen=True)
class Entry:
    """A claim with its verdict."""

    claim: Claim
    verdict: Verdict

    @property
    def id(self):
        return self.claim.id

    @property
    def surprise(self):
        """-log2 of the probability that the verdict was given before; None where there is no verdict."""
        if self.verdict.name not in LETTERS:
            return None
        p = self.claim.foresight.get(LETTERS[self.verdict.name], 0.0)
        return -math.log2(p) if p > 0 else math.inf


@functools.cache
def claims():
    """id -> Claim, in the order of the survey."""
    found = tomllib.loads(REGISTER.read_text(encoding="utf8"))
    return {name: Claim(name, tuple(entry.pop("quotes")), **entry) for name, entry in found.items()}


@functools.cache
def table(name):
    stored = store.read(name)
    return stored and stored["found"]


@functools.cache
def ledger():
    """id -> Entry of every claim: verdicts are computed here, from the stored tables."""
    return {name: Entry(claim, verdict(claim)) for name, claim in claims().items()}


def verdict(claim):
    tables = {name: table(name) for name in claim.tables}
    if claim.question is None or None in tables.values():
        return Verdict("not measured here")
    return by_cells(claim.question(**tables), claim.quantifier)
