"""Run one page of the book, as the book's build runs it: every failure at once, and its figures as files to look at."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

SECONDS = 120  # that a cell may take, as in the build
COLORS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Ran:
    """What came of one cell.

    Attributes
    ----------
    number : int
        From 1.
    first : str
        Its first line of code.
    seconds : float
    failure : str
        The end of the traceback, or what was written to stderr, which the build refuses, too; empty where all is well.
    figures : list of Path
    """

    number: int
    first: str
    seconds: float = 0.0
    failure: str = ""
    figures: list[Path] = field(default_factory=list)


def run(page: Path, folder: Path) -> list[Ran]:
    """Run all cells of a page, also after one has failed; figures are written into ``folder``."""
    from jupyter_cache.readers import get_reader
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    notebook = get_reader({"type": "plugin", "name": "myst_nb_md"})(str(page))
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}  # a window would leave it without figures
    client = NotebookClient(notebook, timeout=SECONDS, allow_errors=True, record_timing=True,
                            extra_arguments=["--IPKernelApp.log_level=40"], resources={"metadata": {"path": str(page.parent)}})  # fmt: skip
    ended = ""
    try:
        client.execute(env={**environment, "NNOPT_FIGURES": "png"})
    except CellTimeoutError:
        ended = f"took more than {SECONDS} s; the cells below were not run"
    except DeadKernelError:
        ended = "ended the process; the cells below were not run"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("figure-*.png"):
        old.unlink()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = [told(number, cell, folder) for number, cell in enumerate(cells, 1)]
    if ended:
        answered = sum("shell.execute_reply" in cell.metadata.get("execution", {}) for cell in cells)
        found[min(answered, len(found) - 1)].failure += ended + "\n"
    return found


def told(number: int, cell, folder: Path) -> Ran:
    """What a cell's outputs say."""
    lines = [line for line in cell.source.splitlines() if line.strip()]
    ran = Ran(number, lines[0] if lines else "", seconds(cell.metadata.get("execution", {})))
    for output in cell.outputs:
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):  # as the build takes it
            place = [COLORS.sub("", line) for line in output.traceback[-2:]]
            ran.failure += "\n".join(place[0].splitlines()[-8:] + place[-1:]) + "\n"
        elif output.get("name") == "stderr":
            ran.failure += f"wrote to stderr: {output.text.strip()}\n"
        elif picture := output.get("data", {}).get("image/png"):
            ran.figures.append(folder / f"figure-{number}{f'-{len(ran.figures) + 1}' if ran.figures else ''}.png")
            ran.figures[-1].write_bytes(base64.b64decode(picture))
    return ran


def seconds(times: dict) -> float:
    """From the moment when a cell began to that when its answer came."""
    begin, end = times.get("iopub.execute_input"), times.get("shell.execute_reply")
    if not (begin and end):
        return 0.0
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()
