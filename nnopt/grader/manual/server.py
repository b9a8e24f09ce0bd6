"""The list of answers in a browser on this computer: ``nnopt manual serve``.

Only whoever knows the address gets anything: it listens on the loopback, the address holds a secret drawn for this run, the name asked
for must be this computer's (another site cannot make its own name mean it), and marks are taken from these pages only. The pages need
no script, and may run none: answers are strangers' texts. A mark is in the gradebook before its page is answered.
"""

from __future__ import annotations

import hmac
import re
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from ..reports import pages
from . import manual

HOST = "127.0.0.1"
MAX_BODY = 64 << 10
SECONDS = 30.0  # for a request
POLICY = ("default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'")  # fmt: skip
HEADERS = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
           "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"}  # fmt: skip


class Desk:
    """The answers of a class in rows, one for each part, and the pages that show them."""

    def __init__(self, work: manual.Work, by: str):
        self.work, self.by = work, by
        self.rows: dict[tuple[str, str], list[manual.Entry]] = {}
        for entry in work.entries:
            self.rows.setdefault(entry.key[1:], []).append(entry)
        self.templates = pages.environment()
        self.marking = threading.Lock()  # SQLAlchemy has a connection for each request; marks come one after the other

    def parts(self):
        """Each part with its answers, and whether each waits."""
        marks = self.work.book.marks()
        state = lambda entry: (entry, marks.get(entry.key), self.work.waits(entry, marks))  # noqa: E731
        return [(row[0].part, [state(entry) for entry in row]) for row in self.rows.values()]

    def overview(self, nonce) -> str:
        """All parts, with what is left of each."""
        return self.render("manual.html", nonce, parts=self.parts())

    def listing(self, nonce, number: int, said: str = "") -> str:
        """All answers of a part."""
        part, row = self.parts()[number]
        return self.render("manual_part.html", nonce, number=number, part=part, row=row, said=said)

    def sheet(self, nonce, number: int, place: int, said: str = "", typed: dict | None = None) -> str:
        """One answer, to be marked."""
        part, row = self.parts()[number]
        entry, mark, waits = row[place]
        seen = mark["number"] if mark else 0
        shown = typed or {"points": f"{mark['points']:g}" if mark else "", "comment": mark["comment"] if mark else ""}
        comments = sorted({other["comment"] for _, other, _ in row if other and other["comment"]})[:50]
        return self.render("manual_answer.html", nonce, number=number, place=place, part=part, row=row, entry=entry, mark=mark, waits=waits,
                           seen=seen, shown=shown, said=said, comments=comments, left=sum(w for _, _, w in row))  # fmt: skip

    def following(self, number: int, place: int) -> str:
        """Where to go after an answer: the next of this part that waits, else the list."""
        _, row = self.parts()[number]
        order = [*range(place + 1, len(row)), *range(place)]
        return next((f"{number}/{n}" for n in order if row[n][2]), f"{number}")

    def take(self, number: int, place: int, form: dict[str, str]) -> str:
        """Keep a mark, or take it away; a sentence where that is not done."""
        entry = list(self.rows.values())[number][place]
        away = "away" in form
        try:
            points = None if away else manual.points_in(form.get("quick") or form.get("points", ""), entry.part.points)
            comment = " ".join(form.get("comment", "").replace("\0", " ").split())
            if len(comment) > manual.MAX_COMMENT:
                return f"Not kept: the comment has {len(comment)} characters, at most {manual.MAX_COMMENT} are kept."
            with self.marking:
                mark = self.work.book.marks(entry.student).get(entry.key)
                other = away or mark is None or (mark["points"], mark["comment"]) != (points, comment)
                if other and form.get("seen") != str(mark["number"] if mark else 0):
                    return "Not kept: it was marked elsewhere meanwhile, as shown below. Save again to replace that."
                if points is None:
                    self.work.take_away(entry, self.by)
                else:
                    self.work.give(entry, points, comment, self.by)
        except manual.BadMarks as error:
            return f"Not kept: {error}."
        return ""

    def zero(self, number: int) -> None:
        """No points to all who gave no answer in this part, and have no mark: to all of them, or to none."""
        with self.marking:
            unanswered = [entry for entry, mark, _ in self.parts()[number][1] if mark is None and not entry.answer.given]
            self.work.give_all(unanswered, 0, "No answer.", self.by)

    def render(self, name: str, nonce: str, **more) -> str:
        parts = more.get("parts") or self.parts()
        everywhere = sum(waits for _, row in parts for _, _, waits in row)
        return self.templates.get_template(name).render(nonce=nonce, name=self.work.name, notes=self.work.notes, everywhere=everywhere,
                                                        level="manual", stamp=STAMP, **more)  # fmt: skip


STAMP = "Marks are kept as you save them. Ctrl-C in the terminal ends this page and brings grades.csv and all reports up to date."


class Server(ThreadingHTTPServer):
    """Serves a desk on the loopback until `shutdown`."""

    daemon_threads = True

    def __init__(self, desk: Desk, port: int = 0):
        super().__init__((HOST, port), Handler)
        self.desk, self.token = desk, secrets.token_urlsafe(24)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/{self.token}/"

    def handle_error(self, request, client_address):
        """A browser that went away is no error to speak of; any other is said in the terminal, as the browser shows nothing."""
        error = sys.exception()
        if not isinstance(error, (ConnectionError, TimeoutError)):
            said = f"{type(error).__name__}: {str(error)[:200]}"
            print(f"nnopt: a page could not be made ({said}); what was saved before is kept", file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    """Answers one request; whatever is not asked for rightly gets 403 or 404, without a word more."""

    server: Server
    timeout = SECONDS
    server_version, sys_version = "nnopt", ""

    def send_error(self, code, message=None, explain=None):
        """For what is no request that is answered here."""
        self.close_connection = True
        self.answer(403)

    def log_message(self, *args):
        """No log: it would hold the secret."""

    def version_string(self):
        return "nnopt"

    # ---------------------------------------------------------------------------------------------------------- who asks
    def place(self) -> str | None:
        """What is asked for below the secret; None where the secret, or the name of this computer, is not in the request."""
        head, _, rest = self.path.removeprefix("/").partition("/")
        known = hmac.compare_digest(head.encode("utf8", "replace"), self.server.token.encode())
        hosts = self.headers.get_all("Host") or []
        port = self.server.server_port
        names = [HOST, "localhost"] if port == 80 else []  # browsers leave it out then
        own = len(hosts) == 1 and hosts[0].lower() in (f"{HOST}:{port}", f"localhost:{port}", *names)
        return rest if known and own and self.path.startswith("/") else None

    def from_own_page(self) -> bool:
        """Was this sent by one of these pages? As they send no referrer, browsers call their origin null, yet say that it is the same."""
        origin = self.headers.get_all("Origin") or []
        if len(origin) != 1:
            return False
        if origin[0] == "null":
            return self.headers.get("Sec-Fetch-Site") == "same-origin"
        return origin[0] == f"http://{self.headers['Host'].lower()}"

    # ---------------------------------------------------------------------------------------------------------- answers
    def do_GET(self):
        rest = self.place()
        if rest is None:
            return self.answer(403)
        desk, nonce = self.server.desk, secrets.token_urlsafe(16)
        if not self.path.removeprefix("/").count("/"):
            return self.answer(303, headers={"Location": f"/{self.server.token}/"})
        if rest == "":
            return self.page(desk.overview(nonce), nonce)
        if not (numbers := self.numbers(rest)):
            return self.answer(404)
        if len(numbers) == 1:
            return self.page(desk.listing(nonce, *numbers), nonce)
        if len(numbers) == 2:
            return self.page(desk.sheet(nonce, *numbers), nonce)
        return self.picture(*numbers)

    def do_POST(self):
        rest = self.place()
        if rest is None or not self.from_own_page():
            return self.answer(403)
        numbers = self.numbers(rest)
        if not numbers or len(numbers) > 2:
            return self.answer(404)
        form = self.form()
        if form is None:
            return self.answer(400)
        desk, nonce = self.server.desk, secrets.token_urlsafe(16)
        if len(numbers) == 1:
            try:
                desk.zero(*numbers)
            except manual.BadMarks as error:
                return self.page(desk.listing(nonce, *numbers, f"Not kept: {error}."), nonce, 409)
            return self.answer(303, headers={"Location": f"/{self.server.token}/{numbers[0]}"})
        if said := desk.take(*numbers, form):
            typed = None if "away" in form else {"points": form.get("points", "")[:20], "comment": form.get("comment", "")}
            return self.page(desk.sheet(nonce, *numbers, said, typed), nonce, 409)
        there = rest if "away" in form else desk.following(*numbers)
        return self.answer(303, headers={"Location": f"/{self.server.token}/{there}"})

    def numbers(self, rest: str) -> list[int]:
        """The numbers of a part, an answer and a picture; none where there is no such thing."""
        if not re.fullmatch(r"\d{1,6}(/\d{1,6}(/picture/\d)?)?", rest, re.ASCII):
            return []
        found = [int(n) for n in rest.replace("/picture", "").split("/")]
        rows = list(self.server.desk.rows.values())
        if found[0] >= len(rows) or (len(found) > 1 and found[1] >= len(rows[found[0]])):
            return []
        return found

    def form(self) -> dict[str, str] | None:
        """What was sent; None where it is no form, or too long."""
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"\d{1,9}", length, re.ASCII) or int(length) > MAX_BODY or self.headers.get("Transfer-Encoding"):
            return None
        try:
            sent = parse_qs(self.rfile.read(int(length)).decode("ascii"), keep_blank_values=True, max_num_fields=10)
        except ValueError:
            return None
        return {name: given[0] for name, given in sent.items()}

    def picture(self, number: int, place: int, which: int) -> None:
        """A picture of an answer, at an address of its own and as nothing but a picture."""
        desk = self.server.desk
        found = desk.work.pictures(list(desk.rows.values())[number][place])
        if which >= len(found):
            return self.answer(404)
        headers = {"Content-Type": f"image/{found[which].kind}", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return self.answer(200, found[which].data, headers)

    def page(self, html: str, nonce: str, status: int = 200) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY.format(nonce=nonce)}
        self.answer(status, html.encode("utf8", "replace"), headers)

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Security-Policy": "default-src 'none'"} | HEADERS | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
