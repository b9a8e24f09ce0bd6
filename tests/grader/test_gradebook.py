"""The gradebook: history that is only added to, one seed, private, the same on SQLite and on a PostgreSQL server."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import need

from nnopt.grader import gradebook
from nnopt.grader.gradebook import BadGradebook, Gradebook, Row

WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ROW = dict(student="ann", exercise="gradient/adam", points=3, max_points=12, outcome="partial", diagnosis="adam_step: no bias correction",
           mistakes=["the step: no bias correction"], submitted_at=WHEN, graded_at=WHEN, seconds=0.25, submission_hash="ab" * 32,
           key={"the spec": "cd"}, versions={"numpy": "2.4"}, items=[{"title": "the step", "text": "first\nsecond"}], failed=["cell 3"])  # fmt: skip


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server on a UNIX socket of its own, as an ordinary user (as root it refuses to run)."""
    need("psycopg")
    programs = Path(need("initdb")).resolve().parent
    user = next((u for u in ("postgres", "nobody") if any(p.pw_name == u for p in pwd.getpwall())), None) if os.getuid() == 0 else None
    switch = {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="nnopt-pg-", dir="/tmp"))  # short: the address of a socket has at most 107 letters
    if user:
        shutil.chown(folder, user)
    data, options = folder / "data", f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run = lambda *command: subprocess.run([str(c) for c in command], check=True, timeout=120, cwd="/", capture_output=True, **switch)  # noqa: E731
    try:
        run(programs / "initdb", "-D", data, "-U", "teacher", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        yield f"postgresql+psycopg://teacher@/postgres?host={folder}"
    finally:
        if (data / "postmaster.pid").exists():
            run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request, tmp_path):
    """An empty gradebook."""
    url = request.getfixturevalue("server") if request.param == "postgresql" else None
    with Gradebook(tmp_path / "out", url) as opened:
        yield opened
        gradebook.tables.drop_all(opened.engine)


def again(book):
    """The same gradebook, opened once more."""
    return Gradebook(book.folder, None if book.engine.name == "sqlite" else book.engine.url.render_as_string(hide_password=False))


def test_a_grade_comes_back_as_it_was_kept(book):
    kept = book.keep(Row(**ROW))
    with again(book) as opened:
        (row,) = opened.history("ann", "gradient/adam")
        assert row == kept == Row(**ROW, number=1, seed_id=book.seed_id)
        assert opened.record("ann", "gradient/adam") == row
        (light,) = opened.rows()
        assert (light.points, light.mistakes, light.submitted_at) == (3, ROW["mistakes"], WHEN)
        assert (light.items, light.failed) == ([], []), "what is large is read only where asked for"
        assert opened.rows(details=True) == [row]
        assert (opened.seed, opened.seed_id) == (book.seed, book.seed_id), "the seed is drawn once"
        assert opened.record("ann", "gradient/gd") is None
        assert opened.history("bob", "gradient/adam") == []


def test_old_grades_stay(book):
    for points in (3, None, 12):
        book.keep(Row(**ROW | {"points": points, "outcome": "fault" if points is None else "partial"}))
    book.keep(Row("ann", "gradient/gd", 2.5, 6, "partial"))
    book.keep(Row("Zoë", "gradient/gd", 0, 6, "missing"))
    assert [(r.number, r.points) for r in book.history("ann", "gradient/adam")] == [(1, 3), (2, None), (3, 12)]
    assert [(r.student, r.exercise, r.points) for r in book.rows()] == [
        ("Zoë", "gradient/gd", 0), ("ann", "gradient/adam", 12), ("ann", "gradient/gd", 2.5)]  # fmt: skip
    assert [(r.exercise, r.points, len(r.items)) for r in book.of_student("ann")] == [("gradient/adam", 12, 1), ("gradient/gd", 2.5, 0)]


def test_a_grade_that_fails_leaves_nothing(book):
    book.keep(Row(**ROW))
    with pytest.raises(Exception, match=r"(?i)null"):
        book.keep(Row(**ROW | {"seconds": None}))  # refused by the second table: the first must be as it was
    assert len(book.history("ann", "gradient/adam")) == 1


def test_what_no_database_holds_is_replaced(book):
    book.keep(Row("ann", "gradient/gd", 0, 6, "crashed", diagnosis="a\0b\ud800", items=[{"text": "\0\ud800"}]))
    row = book.record("ann", "gradient/gd")
    assert row.diagnosis == "a�b?"
    assert row.items == [{"text": "\0\ud800"}]


def test_the_seed_is_secret(tmp_path):
    books = [Gradebook(tmp_path / name) for name in ("a", "b")]
    assert books[0].seed != books[1].seed
    for path in (tmp_path / "a").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(books[0].seed) not in books[0].seed_id


def test_codes_are_stable_and_told_by_nobody(tmp_path):
    a, b = Gradebook(tmp_path / "a"), Gradebook(tmp_path / "b")
    students = [f"student {i}" for i in range(1000)]
    codes = [a.code(s) for s in students]
    assert codes == [Gradebook(tmp_path / "a").code(s) for s in students]
    assert len(set(codes)) == 1000, "50 bits: two of 1000 agree with probability 4e-10"
    assert set(codes).isdisjoint(map(b.code, students)), "the seed is in them"


def test_a_kill_before_the_first_transaction_does_no_harm(tmp_path):
    (tmp_path / gradebook.FILE).touch()
    assert Gradebook(tmp_path, seed=7).seed == Gradebook(tmp_path).seed == 7


@pytest.mark.parametrize("content", [b"{}" * 600, b"SQLite format 3\0" + b"\0" * 600])
def test_a_broken_gradebook_is_refused(tmp_path, content):
    (tmp_path / gradebook.FILE).write_bytes(content)
    with pytest.raises(BadGradebook, match="gradebook"):
        Gradebook(tmp_path)
    assert (tmp_path / gradebook.FILE).read_bytes() == content


@pytest.mark.parametrize("name, value, sentence", [("schema", "99", "form 99"), ("seed", "x", "lost its seed")])
def test_a_gradebook_of_another_form_is_refused(tmp_path, name, value, sentence):
    with Gradebook(tmp_path) as book, book.engine.begin() as connection:
        connection.execute(gradebook.sa.update(gradebook.setting).where(gradebook.setting.c.name == name).values(value=value))
    with pytest.raises(BadGradebook, match=sentence):
        Gradebook(tmp_path)


@pytest.mark.parametrize("url", ["", "no url", "nosuch://x/y", "postgresql+nosuch://x/y"])
def test_a_database_that_is_none_is_one_sentence(tmp_path, url):
    with pytest.raises(BadGradebook, match="--db takes the URL"):
        Gradebook(tmp_path, url)


def test_a_server_that_is_not_there_is_one_sentence_without_its_password(tmp_path):
    need("psycopg")
    with pytest.raises(BadGradebook, match="no gradebook that can be used") as refused:
        Gradebook(tmp_path, f"postgresql+psycopg://teacher:tellnobody@/class?host={tmp_path}/nowhere")
    assert "tellnobody" not in str(refused.value)
    assert "\n" not in str(refused.value)
