"""JUnit XML: a suite for each exercise, a case for each student, as build servers show them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ..exercise.coursefile import CourseFile
from ..gradebook.counting import count
from ..gradebook.masking import Mask


def export(rows, course: CourseFile | None = None, mask: Mask | None = None) -> str:
    """The XML: not right is a failure, a fault of the grader an error, nothing handed in is skipped; a mask takes names out."""
    course = course or CourseFile()
    suites: dict[str, list] = {}
    for row in rows:
        suites.setdefault(row.exercise, []).append(row)
    root = ET.Element("testsuites", name="nnopt")
    for exercise, own in suites.items():
        number = {kind: sum(kind_of(row) == kind for row in own) for kind in ("failure", "error", "skipped")}
        suite = ET.SubElement(root, "testsuite", name=exercise, tests=str(len(own)), failures=str(number["failure"]),
                              errors=str(number["error"]), skipped=str(number["skipped"]))  # fmt: skip
        for row in own:
            counts = count(row, course)  # deadlines are by name
            row = mask.row(row) if mask else row
            case = ET.SubElement(suite, "testcase", classname=exercise.replace("/", "."), name=legal(row.student),
                                 time=f"{row.seconds:.3f}")  # fmt: skip
            points = "" if counts.points is None else f"{counts.points:g} points: "
            if kind := kind_of(row):
                ET.SubElement(case, kind, message=legal(f"{row.outcome}: {row.diagnosis}" if row.diagnosis else row.outcome))
            ET.SubElement(case, "system-out").text = legal(points + counts.said)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def kind_of(row) -> str:
    """The element that a case gets; none where all is right."""
    return {"right": "", "fault": "error", "missing": "skipped"}.get(row.outcome, "failure")


def legal(text: str) -> str:
    """A text without what XML 1.0 does not allow."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and c not in "\ufffe\uffff"))
