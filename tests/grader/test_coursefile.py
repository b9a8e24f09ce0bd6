"""``course.toml``: what it says is what is done, what it cannot say is refused at its line, and a formula is arithmetic and nothing else."""

import itertools
import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnopt.grader.exercise.coursefile import Asked, BadCourse, CourseFile, read
from nnopt.grader.exercise.formula import BadFormula, Formula
from nnopt.grader.gradebook.counting import count, counted, notes
from nnopt.grader.gradebook.gradebook import Row

KNOWN = ["gradient/adam", "gradient/gd", "metaheuristics/pso"]
TEXT = """
title = "Optimization"
times = "files"
late = "points * max(0, 1 - 0.1 * ceil(days_late))"
grace = 15

[exercises."gradient/adam"]
points = 26
due = 2026-11-20T23:59:00+01:00

[exercises.pso]
due = 2026-12-04T23:59:00+01:00
late = "0 if days_late > 2 else points - 2 * days_late"

[exercises.gd]

[extensions."Ada Lovelace_4711"]
adam = 2026-11-27T23:59:00+01:00

[extensions.ben]
all = 2026-12-05T23:59:00+01:00
"""
DUE = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)


@pytest.fixture
def course(tmp_path):
    (tmp_path / "course.toml").write_text(TEXT)
    return read(tmp_path, KNOWN)


def row(exercise="gradient/adam", student="cem", points=13, late=None, due=DUE, **more):
    more = {"outcome": "right"} | more
    return Row(student, exercise, points, 13, submitted_at=None if late is None else due + late, **more)


def final_points(row, course):
    counts = count(row, course)
    return counts.points, counts.said


def test_points_by_hand_count_before_the_late_policy(course):
    by_hand = {"part": "why", "title": "Why", "points": 6.5, "max_points": 13, "stale": ""}
    assert final_points(row(points=6.5, late=timedelta(hours=-1), manual=[by_hand]), course)[0] == 13
    points, why = final_points(row(points=6.5, late=timedelta(days=1), manual=[by_hand | {"points": None}]), course)
    assert points == pytest.approx(6.5 * 0.9)
    assert why.startswith("earned 6.5 of 26;")
    assert why.endswith("; 13 points wait for marking by hand")


def test_points_are_scaled_and_on_time_they_stay(course):
    points, why = final_points(row(points=6.5, late=timedelta(hours=-1)), course)
    assert points == 13
    assert why == ("earned 6.5 of 13, which counts 13 of 26; "
                   "handed in on time at 2026-11-20 22:59 UTC+01:00 (deadline 2026-11-20 23:59 UTC+01:00)")  # fmt: skip


@pytest.mark.parametrize("late, points", [
    (timedelta(0), 26), (timedelta(minutes=15), 26), (timedelta(minutes=16), 23.4), (timedelta(days=1), 23.4),
    (timedelta(days=1, seconds=1), 20.8), (timedelta(days=9.5), 0), (timedelta(days=400), 0),
])  # fmt: skip
def test_the_late_policy(course, late, points):
    got, why = final_points(row(late=late), course)
    assert got == pytest.approx(points)
    assert ("late" in why) == (points < 26)
    assert (f"so {points:g} by the late policy: points * max(0, 1 - 0.1 * ceil(days_late))" in why) == (points < 26)


def test_how_late_is_said_in_days_or_minutes(course):
    assert "handed in 1.3 days late at 2026-11-22 07:11 UTC+01:00 (deadline" in final_points(row(late=timedelta(days=1.3)), course)[1]
    assert "handed in 16 minutes late" in final_points(row(late=timedelta(minutes=16)), course)[1]


# ------------------------------------------------------------------------------------------------- when it was handed in
LATE = timedelta(days=2)


def test_the_time_of_a_file_counts_only_where_it_is_trusted(tmp_path):
    """Copied or cloned, all files are as new as the copy: that makes nobody late."""
    (tmp_path / "course.toml").write_text(TEXT.replace('times = "files"', ""))
    points, why = final_points(row(late=LATE), read(tmp_path, KNOWN))
    assert points == 26
    assert "is not known, so it counts as on time (deadline 2026-11-20 23:59 UTC+01:00)" in why


def test_times_that_are_given_count_over_the_files(tmp_path):
    (tmp_path / "course.toml").write_text(TEXT + '[submitted.cem]\nadam = 2026-11-21T23:59:00+01:00\n[submitted.dora]\nall = 2026-11-20T08:00:00Z\n')
    (tmp_path / "submitted.csv").write_text("student,exercise,submitted_at\ncem,adam,2026-11-20T08:00:00Z\n"
                                            "eve,,2026-11-23 08:00:00+01:00\ndora,gd,2026-11-25T08:00:00Z\n")  # fmt: skip
    course = read(tmp_path, KNOWN)
    assert final_points(row(late=-LATE), course)[0] == pytest.approx(23.4), "the table counts over submitted.csv and the file"
    assert final_points(row(student="dora", late=LATE), course)[0] == 26
    assert final_points(row(student="eve", late=-LATE), course)[0] == pytest.approx(26 * 0.7)
    assert final_points(row(student="fay", late=LATE), course)[0] == pytest.approx(26 * 0.8), "no time given: that of the file"


@pytest.mark.parametrize("text, sentence", [
    ("student,time\n", "its columns are 'student', 'time'; it takes student and submitted_at"), ("student,submitted_at\ncem,yesterday\n", "line 2: submitted_at is yesterday"),
    ("student,submitted_at\n\ncem,2026-11-20T08:00:00\n", "without a zone"), ("student,submitted_at\ncem\n", "submitted_at is None"),
    ("student,exercise,submitted_at\ncem,adma,2026-11-20T08:00:00Z\n", "did you mean adam?"), ("student,exercise,submitted_at\ncem,sgd,2026-11-20T08:00:00Z\n", "no exercise"),
])  # fmt: skip
def test_bad_times_are_refused(tmp_path, text, sentence):
    (tmp_path / "course.toml").write_text(TEXT)
    (tmp_path / "submitted.csv").write_text(text)
    with pytest.raises(BadCourse, match=r"submitted\.csv") as error:
        read(tmp_path, KNOWN)
    assert sentence in str(error.value)
    (tmp_path / "submitted.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadCourse, match="no CSV in UTF-8"):
        read(tmp_path, KNOWN)


def test_an_exercise_may_have_its_own_policy(course):
    due = datetime(2026, 12, 4, 22, 59, tzinfo=UTC)
    assert final_points(row("metaheuristics/pso", late=timedelta(days=1), due=due), course)[0] == 11
    assert final_points(row("metaheuristics/pso", late=timedelta(days=2.1), due=due), course)[0] == 0


def test_extensions(course):
    points, why = final_points(row(student="Ada Lovelace_4711", late=timedelta(days=7)), course)
    assert points == 26
    assert "59 UTC+01:00, extended)" in why
    assert final_points(row(student="Ada Lovelace_4711", late=timedelta(days=7.5)), course)[0] == pytest.approx(23.4)
    assert final_points(row(student="ben", late=timedelta(days=15)), course)[0] == 26
    due = datetime(2026, 12, 4, 22, 59, tzinfo=UTC)
    assert final_points(row("metaheuristics/pso", "ben", late=timedelta(days=1), due=due), course)[0] == 13


def test_an_extension_never_shortens():
    asked = CourseFile(extensions={"ada": {"all": DUE - timedelta(days=5)}}, exercises=_due(DUE))
    assert asked.due("ada", "gradient/adam") == (DUE, False)


def _due(when):
    from nnopt.grader.exercise.coursefile import Asked
    return {"gradient/adam": Asked("gradient/adam", due=when)}


def test_no_deadline_no_cost(course):
    assert final_points(row("gradient/gd", late=timedelta(days=100)), course) == (13, "earned 13 of 13")
    assert final_points(row(late=timedelta(days=100)), CourseFile())[0] == 13


def test_a_fault_is_never_a_zero(course):
    assert final_points(row(points=None, outcome="fault", late=timedelta(days=99)), course)[0] is None


def test_an_unknown_time_counts_as_on_time_and_is_told(course):
    points, why = final_points(row(), course)
    assert points == 26
    assert "not known" in why


def test_what_is_not_known_of_a_whole_class_is_a_sentence():
    """Of 500 students nothing is told 500 times; the sentence still has all their names for the page."""
    names = [f"s{number:03}" for number in range(500)]
    asked = CourseFile(exercises={"gradient/adam": Asked("gradient/adam", due=DUE)}, submitted={f"{name}x": {"all": DUE} for name in names})
    rows = [counted(row(student=name), asked) for name in names]
    said = notes(rows, asked, {(name, "gradient/adam") for name in names})
    called, strangers = said[1:]
    assert len(said) == 3
    assert called.endswith("how late: s000 (gradient/adam), s001 (gradient/adam), s002 (gradient/adam) and 497 others")
    assert strangers == "submitted of 500 whom no student is called like: 's000x', 's001x', 's002x' and 497 others"
    assert (len(called.each), len(strangers.each)) == (500, 500)


def test_times_in_other_zones(course):
    east = DUE.astimezone(timezone(timedelta(hours=9)))
    assert final_points(row(late=timedelta(0), due=east), course)[0] == 26
    assert final_points(row(late=timedelta(0), due=DUE.replace(tzinfo=None)), course)[0] == 26


def test_a_time_without_a_zone_is_of_the_courses_zone(tmp_path):
    (tmp_path / "course.toml").write_text("timezone = 'Europe/Berlin'\n[exercises.adam]\ndue = 2026-11-20T23:59:00\n[submitted.ada]\nall = 2026-07-01T12:00:00")
    (tmp_path / "submitted.csv").write_text("student,submitted_at\nben,2026-11-20T22:00:00\ncem,2026-11-20T22:00:00Z\n")
    course = read(tmp_path, KNOWN)
    assert course.due("ada", "gradient/adam")[0] == datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
    times = {student: own["all"].astimezone(UTC).hour for student, own in course.submitted.items()}
    assert times == {"ada": 10, "ben": 21, "cem": 22}


def test_the_clock_of_a_zip_is_of_the_course(tmp_path):
    """By its zone, with the hour of summer; else by the zone of the deadline nearest to it."""
    dues = "[exercises.adam]\ndue = 2026-10-20T23:59:00+02:00\n[exercises.gd]\ndue = 2026-11-20T23:59:00+01:00"
    for zone, hours in (("timezone = 'America/New_York'\n", (16, 17)), ("", (10, 11))):
        (tmp_path / "course.toml").write_text(zone + dues)
        course = read(tmp_path, KNOWN)
        found = [course.moment_of(datetime(2026, month, 21, 12)).astimezone(UTC).hour for month in (10, 11)]
        assert tuple(found) == hours
    clock = datetime(2026, 11, 21, 12)
    assert CourseFile().moment_of(clock) == clock.astimezone(), "else it is this computer's"


def test_a_folder_without_the_file_asks_for_all(tmp_path):
    assert read(tmp_path, KNOWN) == CourseFile()


@pytest.mark.parametrize("text, line, sentence", [
    ("title = 3", 1, "title is 3; it takes a text"), ("tilte = 'x'", 1, "tilte is no key; did you mean title?"),
    ("grace = 1\ntitle = \nlate = 'points'", 2, "Invalid value"), ("grace = -1", 1, "minutes"), ("grace = nan", 1, "number"), ("grace = true", 1, "number"),
    ("times = 'mtime'", 1, "it takes 'given' or 'files'"), ("[submitted.ada]\nadam = 3", 2, "date and time"),
    ("\n[exercises.adma]", 2, "did you mean adam?"), ("[exercises]\nadam = 3", 2, "takes a table"),
    ("[exercises.adam]\npoints = 0", 2, "above 0"), ("[exercises.adam]\n\npoints = 'ten'", 3, "number"),
    ("[exercises.gd]\npoints = 1\n[exercises.adam]\ndue = 2026-11-20T23:59:00", 4, "without a zone"),
    ("[exercises.adam]\ndue = 2026-11-20", 2, "date and time with its zone"), ("[exercises.adam]\nweight = 3", 2, "is no key"),
    ("[exercises.adam]\n[exercises.'gradient/adam']", 2, "twice"), ("late = 'points - x'", 1, "'x' is not allowed"),
    ("\ntimezone = 'Berlin'", 2, "as Europe/Berlin"), ("timezone = '../../etc/passwd'", 1, "a zone that this system knows"), ("timezone = ''", 1, "a zone"),
    ("[exercises.adam]\nlate = 'points / 0'", 2, "fails at"), ("[extensions]\nada = 3", 2, "table of times"),
    ("[extensions.ada]\nadam = 3", 2, "date and time"), ("[extensions.ada]\nadma = 2026-11-20T23:59:00Z", 2, "no exercise"),
    ("[exercises.gd]\n[extensions.ada]\nadam = 2026-11-20T23:59:00Z", 3, "does not ask for"),
])  # fmt: skip
def test_what_cannot_be_is_refused_at_its_line(tmp_path, text, line, sentence):
    (tmp_path / "course.toml").write_text(text)
    with pytest.raises(BadCourse) as error:
        read(tmp_path / "course.toml", KNOWN)
    assert f"line {line}" in str(error.value)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "course.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadCourse, match="UTF-8"):
        read(tmp_path, KNOWN)


@pytest.mark.parametrize("text, points", [
    ("points", 10), ("points * 0.5 ** days_late", 2.5), ("points - 0.2 * max_points * ceil(days_late)", 6),
    ("points if days_late < 3 else 0", 10), ("min(points, max_points / 2)", 5), ("points * (days_late <= 1 or days_late == 2)", 10),
    ("points * (not days_late > 1)", 0), ("points + 100", 10), ("-points", 0), ("points * exp(-0)", 10), ("points - days_late // 1 % 3", 8),
    ("points if 0 < days_late <= 2 else 0", 10), ("round(points / 3, 1)", 3.3), ("round(points / 4)", 2),
])  # fmt: skip
def test_formulas(text, points):
    assert Formula(text)(10, 2, 10) == pytest.approx(points)


@pytest.mark.parametrize("text", [
    "", "points +", "__import__('os').system('true')", "points.real", "(lambda: 1)()", "[points][0]", "open('x')", "x", "'a' * 3", "points; 1",
    "max(*[1])", "max(points, key=abs)", "eval('1')", "9 ** 9 ** 9 ** 9", "10 ** 1000", "(-points - 1) ** 0.5", "points / (days_late - 1)", "1j", "None",
    "points @ 2", "points << 3", "f'{points}'", "points := 3", "(y := 3)", "{1}", "max()", "...", "1e999", "points is 3", "points" + " + 1" * 100,
    "-" * 250 + "1" + "(" * 20, "round(points, ndigits=2)", "exp(days_late * 100)",
    "points / 2 ** days_late", "points - exp(days_late)", "points if days_late < 365 else 1 / 0",
])  # fmt: skip
def test_what_is_no_arithmetic_is_refused(text):
    with pytest.raises(BadFormula):
        Formula(text)


@given(st.text("pointsdaylemx_ +-*/().,0123456789<>=if", max_size=40))
def test_any_text_is_a_formula_or_refused(text):
    try:
        formula = Formula(text)
    except BadFormula:
        return
    assert 0 <= formula(7, 1.5, 10) <= 7


# ------------------------------------------------------------------------------------------------- when clocks are changed
BERLIN = ZoneInfo("Europe/Berlin")
HOURLY = "timezone = 'Europe/Berlin'\nlate = 'points - 24 * days_late'\n[exercises.adam]\n"  # an hour costs a point
FOUR_A_DAY = Formula("points - 4 * days_late")
minutes = st.integers(-3000, 3000)


@settings(deadline=None)
@given(st.sampled_from([ZoneInfo(z) for z in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")]), minutes, minutes, minutes)
def test_one_moment_costs_the_same_however_it_is_written(zone, due, extended, handed_in):
    """Over nights in which clocks are changed, in autumn and in spring."""
    for change in (datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)):
        moments = [change + timedelta(minutes=m) for m in (due, extended, handed_in)]
        found = set()
        for ways in itertools.product((zone, UTC, timezone(timedelta(hours=2))), repeat=3):
            at, extension, when = (moment.astimezone(way) for moment, way in zip(moments, ways))
            asked = CourseFile(exercises={"gradient/adam": Asked("gradient/adam", due=at, late=FOUR_A_DAY)}, times="files",
                               extensions={"ada": {"all": extension}}, grace=timedelta(minutes=15))  # fmt: skip
            counts = count(Row("ada", "gradient/adam", 13, 13, "right", submitted_at=when), asked)
            found.add((counts.points, counts.days_late, counts.due.astimezone(UTC)))
        assert len(found) == 1
        late = (moments[2] - max(moments[:2])) / timedelta(days=1)
        assert found.pop()[1] == (pytest.approx(late) if late > 15 / 1440 else 0)


def test_the_night_of_the_change_costs_what_its_hours_are(tmp_path):
    """From midnight to six in the morning are seven hours on the night to winter time, and five on that to summer time."""
    for day, hours in (("2026-10-25", 7), ("2026-03-29", 5), ("2026-05-10", 6)):
        (tmp_path / "course.toml").write_text(f"{HOURLY}due = {day}T00:00:00\n[submitted.ada]\nall = {day}T06:00:00")
        asked = read(tmp_path, KNOWN)
        assert final_points(Row("ada", "gradient/adam", 13, 13, "right"), asked)[0] == 13 - hours


@pytest.mark.parametrize("time, often, ways", [
    ("2026-10-25T02:30:00", "twice", ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")),
    ("2026-03-29T02:30:00", "never", ("2026-03-29T02:30:00+01:00", "2026-03-29T02:30:00+02:00"))])  # fmt: skip
def test_a_time_that_exists_twice_or_never_is_said(tmp_path, time, often, ways):
    sentence = f"is {time}, which the clocks of Europe/Berlin show {often}, as they are changed then; write {ways[0]} or {ways[1]}"
    for text in (f"{HOURLY}due = {time}", f"{HOURLY}[submitted.ada]\nall = {time}", f"{HOURLY}[extensions.ada]\nadam = {time}"):
        (tmp_path / "course.toml").write_text(text)
        with pytest.raises(BadCourse, match=re.escape(sentence)):
            read(tmp_path, KNOWN)
    for way in ways:
        (tmp_path / "course.toml").write_text(f"{HOURLY}due = {way}")
        assert read(tmp_path, KNOWN).due("ada", "gradient/adam")[0] == datetime.fromisoformat(way)
    (tmp_path / "course.toml").write_text(HOURLY)
    (tmp_path / "submitted.csv").write_text(f"student,submitted_at\nada,{time}\n")
    with pytest.raises(BadCourse, match=re.escape("submitted.csv, line 2: submitted_at " + sentence)):
        read(tmp_path, KNOWN)


def test_a_clock_of_a_zip_that_shows_a_time_twice_is_told():
    asked = CourseFile(zone=BERLIN, times="files", exercises={"gradient/adam": Asked("gradient/adam", due=DUE)})
    assert asked.moment_of(datetime(2026, 10, 25, 2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the earlier one"
    assert asked.moment_of(datetime(2026, 10, 25, 4, 30)) == datetime(2026, 10, 25, 3, 30, tzinfo=UTC)
    (said,) = notes([counted(row(late=timedelta(0)), asked)], asked, set())
    assert said == "1 files were packed when the clock was changed, and show a time that was twice or never (2026-10-25 02:30): the earlier moment is taken"
