"""The gradebook: history that is only added to, one seed, private, the same on SQLite and on a PostgreSQL server."""

import contextlib
import os
import pwd
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import need

from nnopt.grader.exercise.coursefile import CourseFile
from nnopt.grader.exercise.spec import Exercise
from nnopt.grader.gradebook import counting, database, gradebook
from nnopt.grader.gradebook.database import BadGradebook
from nnopt.grader.gradebook.gradebook import Gradebook, Row

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


def essay(*parts):
    """An exercise with parts marked by hand."""
    ex = Exercise("gradient/adam")
    for name, points in parts:
        ex.manual(name, points=points, title=name.title())
    return ex


def given(points, student="ann", version="ab" * 32, **more):
    return {"student": student, "exercise": "gradient/adam", "part": "discussion", "points": points, "max_points": 2, "comment": "",
            "by": "eve", "at": "2026-03-01", "submission_hash": version, "answer_hash": "", **more}  # fmt: skip


def test_marks_by_hand_are_added_to_the_grade_and_never_overwritten(book):
    book.keep_all([Row(**ROW), Row(**ROW | {"student": "bob"}), Row("cem", "gradient/adam", 0, 12, "missing"), Row("ann", "gradient/gd", 1, 2, "wrong")])
    assert next((r.total, r.most, r.manual, r.provisional) for r in book.rows()) == (3, 12, [], [])
    book.expect([essay(("discussion", 2), ("valley", 1))])
    book.mark([given(0.5), given(2, comment="Better.")])
    ann, gd, bob, cem = book.rows()
    assert (ann.points, ann.max_points, ann.total, ann.most) == (3, 12, 5, 15), "the grade itself is as it was"
    assert [(p["part"], p["title"], p["points"], p["max_points"], p["comment"], p["number"]) for p in ann.manual] == [
        ("discussion", "Discussion", 2, 2, "Better.", 2), ("valley", "Valley", None, 1, "", 0)]  # fmt: skip
    assert (ann.waiting, ann.provisional) == (1, ["1 point waits for marking by hand"])
    assert (gd.total, gd.most, gd.manual) == (1, 2, [])
    assert (bob.total, bob.waiting, bob.provisional) == (3, 3, ["3 points wait for marking by hand"])
    assert (cem.most, cem.waiting, cem.provisional) == (15, 0, []), "there is nothing to mark"
    with again(book) as opened:
        assert opened.rows() == [ann, gd, bob, cem]
        assert opened.of_student("ann")[0].manual == opened.record("ann", "gradient/adam").manual == ann.manual
    with book.engine.connect() as connection:
        kept = connection.execute(gradebook.sa.select(gradebook.manual).order_by("number")).all()
    assert [(line.number, line.points) for line in kept] == [(1, 0.5), (2, 2)]


def test_a_mark_of_an_earlier_notebook_counts_and_is_to_be_looked_at(book):
    book.expect([essay(("discussion", 2))])
    book.keep(Row(**ROW))
    book.mark([given(2)])
    book.keep(Row(**ROW | {"submission_hash": "cd" * 32}))
    (row,) = book.rows()
    assert (row.total, row.provisional) == (5, ["Discussion: of an earlier version, look again"])
    book.mark([given(1, version="cd" * 32)])
    assert book.rows()[0].provisional == []
    book.expect([essay(("discussion", 4))])
    assert book.rows()[0].provisional == ["Discussion: was marked when it gave 2 points, look again"]
    book.expect([essay()])
    assert (book.rows()[0].total, book.rows()[0].most) == (3, 12), "a part that is no longer asked for does not count"


def test_marks_by_hand_are_kept_all_or_none(book):
    book.expect([essay(("discussion", 2))])
    with pytest.raises(Exception, match=r"(?i)null"):
        book.mark([given(1), given(None, "bob")])
    assert book.marks() == {}


def test_a_gradebook_from_before_marks_by_hand_gets_their_table(tmp_path):
    with Gradebook(tmp_path) as book:
        book.keep(Row(**ROW))
        gradebook.tables.drop_all(book.engine, tables=[gradebook.part, gradebook.manual])
    with Gradebook(tmp_path) as book:
        book.expect([essay(("discussion", 2))])
        book.mark([given(2)])
        assert book.rows()[0].total == 5


def test_what_waits_is_said_in_grades_csv(tmp_path):
    with Gradebook(tmp_path) as book:
        book.expect([essay(("discussion", 2))])
        book.keep_all([Row(**ROW), Row(**ROW | {"student": "bob"})])
        book.mark([given(1.5)])
        counting.write_grades(tmp_path / "grades.csv", [counting.counted(row, CourseFile()) for row in book.rows()], CourseFile())
    assert (tmp_path / "grades.csv").read_text().splitlines()[1:] == [
        "ann,gradient/adam,4.5,14,partial,adam_step: no bias correction",
        "bob,gradient/adam,3,14,partial,adam_step: no bias correction; 2 points wait for marking by hand"]  # fmt: skip


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
    (tmp_path / database.FILE).touch()
    assert Gradebook(tmp_path, seed=7).seed == Gradebook(tmp_path).seed == 7


def test_two_who_begin_a_gradebook_at_once_get_the_same(tmp_path):
    for n in range(20):
        together, seeds = threading.Barrier(4), []

        def begin(folder=tmp_path / str(n), together=together, seeds=seeds):
            together.wait()
            with Gradebook(folder) as book:
                seeds.append(book.seed)

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(seeds) == 4
        assert len(set(seeds)) == 1


@pytest.mark.parametrize("content", [b"{}" * 600, b"SQLite format 3\0" + b"\0" * 600])
def test_a_broken_gradebook_is_refused(tmp_path, content):
    (tmp_path / database.FILE).write_bytes(content)
    with pytest.raises(BadGradebook, match="gradebook"):
        Gradebook(tmp_path)
    assert (tmp_path / database.FILE).read_bytes() == content


@pytest.mark.parametrize("name, value, sentence", [("schema", "99", "form 99"), ("seed", "x", "lost its seed")])
def test_a_gradebook_of_another_form_is_refused(tmp_path, name, value, sentence):
    with Gradebook(tmp_path) as book, book.engine.begin() as connection:
        connection.execute(gradebook.sa.update(gradebook.setting).where(gradebook.setting.c.name == name).values(value=value))
    with pytest.raises(BadGradebook, match=sentence):
        Gradebook(tmp_path)


def test_a_gradebook_of_a_later_form_is_refused_as_it_was(tmp_path):
    """Also where it does without a table that this nnopt would make."""
    Gradebook(tmp_path).close()
    path = tmp_path / database.FILE
    with contextlib.closing(sqlite3.connect(path)) as later, later:
        later.execute("drop table manual")
        later.execute("update setting set value = '99' where name = 'schema'")
    before = path.read_bytes()
    with pytest.raises(BadGradebook, match="has the form 99, this nnopt reads"):
        Gradebook(tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("table", ["customer (id integer)", "setting (name text, value text)", "setting (key text)"])
def test_the_database_of_another_program_is_refused_as_it_was(tmp_path, table):
    path = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute(f"create table {table}")
    before = path.read_bytes()
    with pytest.raises(BadGradebook, match=r"belongs to another program \(its tables are |no such column"):
        Gradebook(tmp_path / "out", f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_an_empty_file_beside_grades_is_no_new_gradebook(tmp_path):
    """Without grades it is: a run that was stopped early leaves one."""
    (tmp_path / database.FILE).touch()
    Gradebook(tmp_path).close()
    (tmp_path / database.FILE).write_bytes(b"")
    (tmp_path / "grades.csv").write_text("student,exercise\n")
    with pytest.raises(BadGradebook, match=r"is empty, though .*grades\.csv tells of grades"):
        Gradebook(tmp_path)
    assert not (tmp_path / database.FILE).read_bytes()


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
