"""GitHub Classroom: a workflow that checks a student's repository at every push, with the book's open specs.

A check on the student's own machine and repository can be seen and changed by the student: it is feedback. The mark is what `nnopt grade`
finds in the repository afterwards.
"""

from __future__ import annotations

import re

from . import BadExport

MINUTES = 5


def export(exercises: dict, source: str = "nnopt") -> str:
    """The workflow, as YAML.

    Parameters
    ----------
    exercises : dict
        ``{"section/name": Exercise}``: a step each.
    source : str
        What pip installs: ``nnopt``, or an address as ``git+https://...``.
    """
    if not re.fullmatch(r"[\w.+\-:/@\[\]=<>~#]+", source):
        raise BadExport(f"{source!r} is nothing that pip installs: a name with a version, or an address without spaces")
    steps = [step(name, exercise) for name, exercise in exercises.items()]
    ids = [identifier(name) for name in exercises]
    results = "".join(f'          {i.upper()}_RESULTS: "${{{{ steps.{i}.outputs.result }}}}"\n' for i in ids)
    return HEAD.format(source=source) + "".join(steps) + REPORT.format(results=results, runners=",".join(ids))


def identifier(name: str) -> str:
    """The id of a step: letters, digits and _ only, so that the reporter finds its variable."""
    return re.sub(r"\W", "_", name)


def step(name: str, exercise) -> str:
    section, _, short = name.partition("/")
    return STEP.format(title=re.sub(r"[^\w .,'()-]", " ", exercise.title).replace("'", "''"), id=identifier(name),
                       name=short, section=section, minutes=MINUTES, points=exercise.points)  # fmt: skip


HEAD = """\
name: Autograding Tests
'on':
  - push
  - workflow_dispatch
  - repository_dispatch
permissions:
  checks: write
  actions: read
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    if: github.actor != 'github-classroom[bot]'
    steps:
      - name: Checkout code
        uses: actions/checkout@v4
      - name: Python
        uses: actions/setup-python@v5
        with:
          python-version: '3.12'
      - name: nnopt
        run: pip install '{source}'
"""
STEP = """\
      - name: '{title}'
        id: {id}
        uses: classroom-resources/autograding-command-grader@v1
        with:
          test-name: '{title}'
          setup-command: ''
          command: nnopt check {section}/{name}
          timeout: {minutes}
          max-score: {points}
"""
REPORT = """\
      - name: Autograding Reporter
        uses: classroom-resources/autograding-grading-reporter@v1
        env:
{results}        with:
          runners: {runners}
"""
