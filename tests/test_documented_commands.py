"""Every command of `nnopt` that the documents show exists, with the options they give it."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nnopt.cli import PANELS, app

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "book/teaching.md", "tests/grader/attacks/README.md")
COMMANDS = typer.main.get_command(app)


def documented():
    """Each line of a fenced block, and each inline code, that begins with `nnopt` and a word."""
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf8")
        fenced = re.findall(r"^\s*```(?:sh|bash|console)\n(.*?)^\s*```", text, re.MULTILINE | re.DOTALL)
        lines = [line for block in fenced for line in block.split("\n")]
        lines += re.findall(r"`(nnopt [a-z][^`\n]*)`", text)
        yield from ((name, line.strip()) for line in lines if re.match(r"\s*nnopt [a-z]", line))


def misused(line: str) -> str:
    """What is wrong with a command line; empty when nothing is."""
    words = shlex.split(line.partition("#")[0].replace("[", "").replace("]", ""))[1:]
    command, known = COMMANDS, "nnopt"
    while hasattr(command, "commands") and words:
        name = words.pop(0)
        if name not in command.commands:
            return f"{known} has no command {name!r}"
        command, known = command.commands[name], f"{known} {name}"
    options = {option for parameter in command.params for option in parameter.opts}
    wrong = [word for word in words if word.startswith("--") and word.partition("=")[0] not in options]
    return f"{known} has no option {wrong[0]}" if wrong else ""


@pytest.mark.parametrize("name, line", sorted(set(documented())))
def test_a_documented_command_exists(name, line):
    assert not misused(line), f"{name}: {line}"


def test_a_wrong_command_would_be_seen():
    assert misused("nnopt greade class") == "nnopt has no command 'greade'"
    assert misused("nnopt grade class --ouput x") == "nnopt grade has no option --ouput"
    assert misused("nnopt export moodle report --out x.csv   # words") == ""


def test_code_on_the_teaching_page_is_not_cut():
    """Its lines fit the page: what is wider scrolls out of sight."""
    text = (ROOT / "book/teaching.md").read_text(encoding="utf8")
    lines = [line for block in re.findall(r"^```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for line in block.split("\n")]
    assert len(lines) > 15
    assert [line for line in lines if len(line) > 84] == []


def test_the_help_is_in_panels_the_commonest_command_first():
    said = CliRunner().invoke(app, ["--help"]).output
    place = {word: re.search(rf"^\W*{word}\b", said, re.MULTILINE) for word in [*PANELS, *COMMANDS.commands]}
    assert all(place.values()), "every command is shown, and every heading"
    assert sorted(place, key=lambda word: place[word].start()) == [word for panel, names in PANELS.items() for word in (panel, *names)]
    assert {word: command.rich_help_panel for word, command in COMMANDS.commands.items()} == {
        word: panel for panel, names in PANELS.items() for word in names}  # fmt: skip


def test_the_documents_show_most_commands():
    shown = {re.match(r"nnopt (\w+)", line)[1] for _, line in documented()}
    assert set(COMMANDS.commands) <= shown
