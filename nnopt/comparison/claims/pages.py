"""The ledger as HTML for the book's page: a strip of counts, a row a claim, and what a row opens to. Without scripts a plain table."""

from collections import Counter
from html import escape

from .ledger import LETTERS, SIGNS, ledger
from .store import read

COLOURS = {"for": "●", "against": "○", "equal": "=", "open": "?"}
SURPRISING = 3.0  # bits


def strip():
    """Counts of the verdicts, with sign and word."""
    count = Counter(entry.verdict.name for entry in ledger().values())
    cells = "".join(f"<th>{sign} {name}</th>" for name, sign in SIGNS.items())
    numbers = "".join(f"<td>{count[name]}</td>" for name in SIGNS)
    table = f'<table class="table"><thead><tr>{cells}</tr></thead><tbody><tr>{numbers}</tr></tbody></table>'
    return f'<div class="scrolls" tabindex="0">{table}</div>'


def rows(measured=True):
    """A row a claim: name, verdict (in sight on a phone, too), sentence, section, word of the survey, surprise in bits."""
    head = "<thead><tr><th>claim</th><th>verdict</th><th>sentence</th><th>section</th><th>quantifier</th>"
    head += "<th>surprise</th></tr></thead>" if measured else "</tr></thead>"
    body = "".join(_row(entry, measured) for entry in ledger().values() if (entry.surprise is not None) == measured)
    return f'<div class="scrolls" tabindex="0"><table class="table">{head}<tbody>{body}</tbody></table></div>'


def _row(entry, measured):
    claim, verdict = entry.claim, entry.verdict
    where = f": {escape(verdict.where)}" if verdict.where else ""
    surprise = f"<td>{abs(entry.surprise):.1f} bits{' !' if entry.surprise > SURPRISING else ''}</td>" if measured else ""
    name = f'<a href="#claim-{claim.id}">{claim.id}</a>' if measured else f'<span id="claim-{claim.id}">{claim.id}</span>'
    quote = escape(claim.quotes[0])
    return (f"<tr><td>{name}</td><td>{SIGNS[verdict.name]} {verdict.name}{where}</td><td>“{quote}”</td>"
            f"<td>{escape(claim.section)}</td><td>{claim.quantifier}</td>{surprise}</tr>")  # fmt: skip


def opened():
    """Each measured claim with its meaning, rule and cells."""
    return "".join(_details(entry) for entry in ledger().values() if entry.surprise is not None)


def _details(entry):
    claim, verdict = entry.claim, entry.verdict
    head = "<thead><tr><th>cell</th><th>outcome</th><th>estimate</th><th>interval</th><th>n</th><th>unit</th><th>note</th></tr></thead>"
    body = "".join(
        f"<tr><td>{escape(c.where)}{'' if c.counts else ' (beside the rule)'}</td>"
        f"<td>{COLOURS[c.outcome]} {c.outcome}</td><td>{c.estimate:.3g}</td>"
        f"<td>{c.low:.3g} to {c.high:.3g}</td><td>{c.n}</td><td>{escape(c.unit)}</td><td>{escape(c.note)}</td></tr>"
        for c in verdict.cells
    )
    expected = ", ".join(f"{word} {claim.foresight[letter]:g}" for word, letter in LETTERS.items() if letter in claim.foresight)
    quotes = " … ".join(f"“{escape(quote)}”" for quote in claim.quotes)
    made = ", ".join(f"<code>{name}</code> ({(read(name) or {}).get('seconds', 0)} s)" for name in claim.tables) or "none"
    return (f'<details id="claim-{claim.id}"><summary>{claim.id}: {SIGNS[verdict.name]} {verdict.name}</summary>'
            f"<p>{quotes} ({escape(claim.section)})</p><p><b>Taken to mean:</b> {escape(claim.means)}</p>"
            f"<p><b>Rule:</b> {escape(claim.rule)}</p>"
            f"<p><b>Pitfall:</b> {escape(claim.pitfall) or 'none named'}</p><p><b>Expected before the run:</b> {expected}</p>"
            f"<p><b>Tables of runs:</b> {made}; registered as <code>{claim.registered}</code></p>"
            f"<table class=\"table\">{head}<tbody>{body}</tbody></table></details>")  # fmt: skip


def calibration():
    """Brier score of the foresights over the claims with a verdict: 0 is perfect; equal probabilities give 0.75."""
    scores = []
    for entry in ledger().values():
        if entry.verdict.name in LETTERS:
            came = LETTERS[entry.verdict.name]
            scores.append(sum((entry.claim.foresight.get(letter, 0.0) - (letter == came)) ** 2 for letter in "HWRN"))
    return sum(scores) / len(scores), len(scores)


def flips():
    """Claims whose verdict is another one where the quantifier is *all* for every claim: name -> verdict there."""
    from .rules import by_cells

    found = {}
    for entry in ledger().values():
        if entry.verdict.cells:
            other = by_cells(entry.verdict.cells, "all").name
            if other != entry.verdict.name:
                found[entry.id] = other
    return found
