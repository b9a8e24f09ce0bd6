"""Notebooks as students write them, run in a real kernel and in the grader: the marks are equal.

`NOTEBOOKS` is a table of cells, one small notebook each, after what users of other graders reported. One kernel runs them all, one after the
other, each with the names of its own; the last cell of each asks for the mark that the notebook's own check gives.
"""

import json

import nbformat
import pytest
from grader.test_attacks import COURSE, RIGHT

from nnopt.grader.grading.marker import Marker, Setup
from nnopt.grader.sandbox import cells, jupyter
from nnopt.grader.student.check import SEED

DOUBLE = "def double(x):\n    return 2 * x\n"
MARK = f"""from nnopt.grader.student.check import answers as _answers, named as _named
from nnopt.grader.marking.marking import grade_exercise as _grade
_exercise, _items = _named("attacks/double", {str(COURSE)!r})
print("mark", _grade(_exercise, {SEED}, lambda calls: _answers(globals(), calls), _items).points)"""
FORGET = "%reset -f"


def after(line, body="    return 2 * x\n"):
    """`double` below a line, in one cell."""
    return [f"{line}\ndef double(x):\n{body}"]


def inside(line, end="    return 2 * x\n"):
    """A line in `double`."""
    indented = line.replace("\n", "\n    ")
    return [f"def double(x):\n    {indented}\n{end}"]


# name: the cells beside RIGHT, and the points of 4
NOTEBOOKS = {
    "plain": ([DOUBLE], 4),
    "unfinished": (["def double(x):\n    raise NotImplementedError"], 2),
    "wrong": (["def double(x):\n    return x"], 2),
    "no function": (["# todo"], 2),
    "a matplotlib magic": (after("%matplotlib inline"), 4),
    "a magic with arguments": (after("%config InlineBackend.figure_format = 'retina'"), 4),
    "autoreload": (after("%load_ext autoreload\n%autoreload 2"), 4),
    "pip over lines": (after("!true install -q \\\n    numpy \\\n    matplotlib"), 4),
    "pip with an indented rest": (after("!true \\\n  --upgrade \\\n  numpy\nimport numpy as np"), 4),
    "a magic over lines": (after("%env NNOPT_A=1 \\\n  2"), 4),
    "a shell line in a condition": (["if True:\n    !true \\\n        -q\n" + DOUBLE], 4),
    "a shell line with quotes": (after("!echo \"it's\" 'a (' [ {"), 4),
    "a shell assignment": (after("files = !echo a\nassert files is not None"), 4),
    "a shell line with a brace": (after("name = 'a'\n!echo {name} $name"), 4),
    "two exclamation marks": (after("!!echo a"), 4),
    "modulo at the begin of a line": (["%matplotlib inline\ndef double(x):\n    print('%d of %d'\n          % (1, 2))\n    return 2 * x"], 4),
    "modulo in a list": (["%matplotlib inline\nd = [7\n%3]\ndef double(x):\n    return (1 + d[0]) * x"], 4),
    "modulo in a number": (["%matplotlib inline\ndef double(x):\n    k = (5\n    % 3)\n    return k * x"], 4),
    "not equal at the begin of a line": (["!true\ndef double(x):\n    good = (1\n    != 2)\n    return 2 * x if good else x"], 4),
    "a percent in a text": (["%matplotlib inline\nT = '''\n%d percent\n!ls\n?help\n'''\ndef double(x):\n    return 2 * x if '%d' in T else x"], 4),
    "a shell line in a text": (["!true\nT = '''\n!ls\n'''\ndef double(x):\n    return len(T.split()) * 2 * x"], 4),
    "a question in a text": (["%pwd\nT = '''\nwhat?\n'''\ndef double(x):\n    return 2 * x if T.strip() == 'what?' else x"], 4),
    "a doctest": (["%pwd\ndef double(x):\n    '''\n    >>> double(1)\n    2\n    '''\n    return 2 * x"], 4),
    "time a statement": (["%time k = 2\ndef double(x):\n    return k * x"], 4),
    "time an expression": (["k = %time 1 + 1\ndef double(x):\n    return k * x"], 4),
    "time a call": (["def make():\n    return 2", "%time k = make()", "def double(x):\n    return k * x"], 4),
    "time in a condition": (["if 1:\n    %time k = 2\ndef double(x):\n    return k * x"], 4),
    "time an expression inside": (inside("y = %time 2 * x", "    return y\n"), 4),
    "time a cell": (["%%time\n" + DOUBLE], 4),
    "time a cell with a magic": (["%%time\n%matplotlib inline\n" + DOUBLE], 4),
    "time a cell below blank lines": (["\n\n%%time\n" + DOUBLE], 4),
    "capture a cell": (["%%capture\nprint(1)\n" + DOUBLE], 4),
    "capture what is timed": (["%%capture out\n%%time\n" + DOUBLE], 4),
    "timeit a cell forgets": (["%%timeit -n1 -r1\nk = 1\n" + DOUBLE], 2),
    "timeit a line": (["k = 2\n%timeit -n1 -r1 k = 1\ndef double(x):\n    return k * x"], 4),
    "prun a line": (["%prun -q k = 2\ndef double(x):\n    return k * x"], 4),
    "a cell of shell": ([DOUBLE, "%%bash\ntrue"], 4),
    "a cell of HTML": (["%%html\n<b>x</b>", DOUBLE], 4),
    "a function in a cell of HTML": (["%%html\n" + DOUBLE], 2),
    "write and import": (["%%writefile nnopt_kernel_two.py\ndef two():\n    return 2", "from nnopt_kernel_two import two", "def double(x):\n    return two() * x"], 4),
    "write and run": (["%%writefile nnopt_kernel_run.py\nk = 2", "%run nnopt_kernel_run.py\ndef double(x):\n    return k * x"], 4),
    "reset": ([DOUBLE, FORGET], 0),
    "reset at the begin": ([FORGET + "\n" + RIGHT + DOUBLE], 4),
    "display": (inside("display(x)"), 4),
    "display of IPython": (["from IPython.display import display, HTML, Markdown\n" + inside("display(HTML('a'), Markdown('b'))")[0]], 4),
    "clear_output": (["from IPython.display import clear_output\n" + inside("clear_output(wait=True)")[0]], 4),
    "a display that is updated": (inside("h = display(x, display_id=True)\nh.update(x)"), 4),
    "get_ipython": (inside("get_ipython().run_line_magic('matplotlib', 'inline')"), 4),
    "get_ipython of IPython": (["from IPython import get_ipython\n" + inside("get_ipython().run_line_magic('pwd', '')")[0]], 4),
    "am I in a notebook": (inside("k = 2 if get_ipython().__class__.__name__ == 'ZMQInteractiveShell' else 1", "    return k * x\n"), 4),
    "the kernel's configuration": (inside("k = 2 if 'IPKernelApp' in get_ipython().config else 1", "    return k * x\n"), 4),
    "a magic called": (["get_ipython().run_cell_magic('time', '', 'k = 2')\ndef double(x):\n    return k * x"], 4),
    "system called": (inside("get_ipython().system('true')"), 4),
    "names of the shell": (["get_ipython().user_ns['k'] = 2\ndef double(x):\n    return k * x"], 4),
    "help": (["double?\n" + DOUBLE, "?double", "double??\n"], 4),
    "help inside": (["import numpy as np\nnp.array?\n" + DOUBLE], 4),
    "pip without a mark": (["pwd", DOUBLE], 4),
    "a cell that is indented": (["    def double(x):\n        return 2 * x\n"], 4),
    "prompts": ([">>> def double(x):\n...     return 2 * x\n"], 4),
    "prompts of IPython": (["In [1]: def double(x):\n   ...:     return 2 * x\n"], 4),
    "a semicolon": ([DOUBLE + "double(2);"], 4),
    "compiled and kept": (["from numba import njit\n@njit(cache=True)\ndef two(x):\n    return 2.0 * x\ndef double(x):\n    return two(x)"], 4),
    "compiled below a magic": (["%matplotlib inline\nfrom numba import njit\n\n@njit(cache=True)\ndef four(x):\n    return 4.0 * x\ndef double(x):\n    return four(x) / 2"], 4),
    "await": (["async def two():\n    return 2\nk = await two()\ndef double(x):\n    return k * x"], 4),
    "await a pause": (["import asyncio\nawait asyncio.sleep(0.01)\nk = 2\n", "async with asyncio.Lock():\n    k = 2\ndef double(x):\n    return k * x"], 4),
    "annotations of the future": (["from __future__ import annotations\ndef double(x: Nowhere) -> There:\n    return 2 * x"], 4),
    "annotations of a cell before": (["from __future__ import annotations", "def double(x: Nowhere):\n    return 2 * x"], 4),
    "pickle": (["import pickle\nclass Two:\n    k = 2\n" + inside("k = pickle.loads(pickle.dumps(Two())).k", "    return k * x\n")[0]], 4),
    "a dataclass": (["from dataclasses import dataclass\n@dataclass\nclass Two:\n    k: int = 2\ndef double(x):\n    return Two().k * x"], 4),
    "main": (["import __main__\ndef double(x):\n    return __main__.k * x", "k = 2"], 4),
    "if main": (["if __name__ == '__main__':\n    def double(x):\n        return 2 * x"], 4),
    "a temporary file": (["import tempfile\nwith tempfile.NamedTemporaryFile('w') as f:\n    f.write('2')\n    k = 2\ndef double(x):\n    return k * x"], 4),
    "its source": (["import inspect\ndef two():\n    return 2\n" + inside("k = 2 if 'return 2' in inspect.getsource(two) else 1", "    return k * x\n")[0]], 4),
    "a figure": (["%matplotlib inline\nimport matplotlib.pyplot as plt\n" + inside("plt.figure()\nplt.plot([1])\nplt.show()\nplt.close()")[0]], 4),
    "interactive figures": (["import matplotlib.pyplot as plt\nplt.ion()\nplt.ioff()\n" + DOUBLE], 4),
    "two percents": ([DOUBLE, "print('%s' % 1)"], 4),
    "no Python": (["def double(x)\n    return 2 * x"], 2),
}  # fmt: skip


@pytest.fixture(scope="module")
def graded():
    """The grader's mark of each notebook, and the statements that failed."""
    marker = Marker(Setup(COURSE, SEED))
    try:
        marks = {name: marker.mark("attacks/double", [RIGHT, *sources]) for name, (sources, _) in NOTEBOOKS.items()}
    finally:
        marker.close()
    return {name: (mark.points, mark.failed) for name, mark in marks.items()}


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The mark of each notebook in a kernel of its own names."""
    from nbclient import NotebookClient

    cell = nbformat.v4.new_code_cell
    lists = [[cell(FORGET), cell(RIGHT), *map(cell, sources), cell(MARK)] for sources, _ in NOTEBOOKS.values()]
    notebook = nbformat.v4.new_notebook(cells=[one for own in lists for one in own])
    folder = tmp_path_factory.mktemp("kernel")
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()
    marks = {}
    for name, own in zip(NOTEBOOKS, lists):
        said = "".join(out.get("text", "") for out in own[-1].outputs)
        marks[name] = int(said.rpartition("mark ")[2]) if "mark " in said else json.dumps(own[-1].outputs)
    return marks


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_kernel_and_the_grader_give_the_same_mark(name, checked, graded):
    expected = NOTEBOOKS[name][1]
    assert (checked[name], graded[name][0]) == (expected, expected), graded[name][1]


def test_a_message_names_the_line_that_the_student_wrote():
    source = "\n!true \\\n   b \\\n   c\nx = 1\n\n%time y = nowhere\nz = nothing"
    assert cells.run_cells([source, "%%time\n\nz = nothing"], {"__name__": "x"}) == [
        "cell 1, line 7: NameError: name 'nowhere' is not defined", "cell 1, line 8: NameError: name 'nothing' is not defined",
        "cell 2, line 3: NameError: name 'nothing' is not defined"]  # fmt: skip


@pytest.mark.parametrize("source", ["%m\n" * 505, "%%time\n" * 1500, "%" * 9999 + "\n", "x = !a\n" + "(" * 5000, "%a\n\0", "\x0c\x1c%%time\x0c\n(",
                                    "%%", "%%\n", "%", "!", "?", "?" * 3000, "%%capture", "\\\n" * 3000 + "%a"])  # fmt: skip
def test_no_cell_ends_the_reading_of_the_others(source):
    names = {"__name__": "x"}
    failed = cells.run_cells([source, "good = 1"], names)
    assert names["good"] == 1 and all(line.startswith("cell 1, line ") for line in failed)
    assert cells.idle([source, "a = 1"], [2]) <= {2}


def test_without_ipython_magics_are_left_out(monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *args, **named):
        if name.startswith("IPython"):
            raise ImportError(name)
        return real(name, *args, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert jupyter.as_python("%a b\nx = 1\n!c\ny = !d") == "pass\nx = 1\npass\npass"
    assert jupyter.as_python("%%bash\nls") == ""
