"""Numba, plain Python and WebAssembly are one: every kernel of the browser's module, from the same inputs, to 1e-12.

Inputs are drawn from a fixed seed, so these tests raise no false alarms.
"""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import need
from web import runtimes
from web.runtimes import LIVE, SPECIAL, case, disagreement, draw, is_finite, spoil

import nnopt
from nnopt import _loop
from nnopt._fields import hints
from nnopt._jit import parameters
from nnopt.gradient.gd import gd
from nnopt.optimizer import SearchMethod, WalkMethod
from nnopt.problems import multimodal
from nnopt.web import build, figures
from nnopt.web.build import BuildError, built, compare, is_stale, kernels, kinds, modules, optimizers, part, surfaces
from nnopt.web.figures import Replay

TOLERANCE = 1e-12       # of numbers above 1 relative, below absolute
COMPARING = 1e-9        # of methods that choose by comparing values: a last bit more, and another path is rounded from there on
DRAWS, SPOILED = 25, 40


# ------------------------------------------------------------------------------------ cases
def random_cases(section):
    """For every kernel, ordinary inputs, then inputs with one special value."""
    rng, cases = np.random.default_rng(20), []
    for kernel in kernels(section).values():
        cases += [case(kernel, draw(kernel, rng)) for _ in range(DRAWS)]
    return cases


def special_cases(section):
    rng, cases = np.random.default_rng(21), []
    for kernel in kernels(section).values():
        spoiled = [spoil(kernel, draw(kernel, rng), rng) for _ in range(SPOILED)]
        cases += [case(kernel, args) for args in spoiled if args]
    return cases


def move_cases(section, moves=30):
    """Whole runs of every optimizer; each move is a case that starts from Numba's state, so that no error can grow."""
    cases = []
    for cls in optimizers(section).values():
        rng = np.random.default_rng([22, *cls.__name__.encode()])  # its own: a new method changes no other's numbers
        for surface in (name for name in figures.SURFACES if not figures.problem(name).rows):
            for optimizer in (cls(), cls(**odd_fields(cls, rng))):
                start = figures.SURFACES[surface].start if optimizer.needs_gradient else None
                replay = Replay(optimizer, surface, start, seed=7)
                for _ in range(moves):
                    cases.append(runtimes.move_case(replay, section, optimizer, surface))
                    before, members = replay.state.ledger[_loop.VALUE], replay.state.arrays.get("fP", np.zeros(0)).copy()
                    replay.move()
                    if tied(replay.state, members):
                        cases.pop()  # which of two equal points is the better one hangs on a last digit
                    value = replay.state.ledger[_loop.VALUE]
                    if not abs(value) < 1e3:
                        break  # it has run away: so far out a sine has no digits left
                    if optimizer.needs_gradient and abs(value - before) <= 1e-6 * (1 + abs(value)):
                        break  # it has settled: which of two equal points is the better one hangs on a last digit
    return cases


def tied(state, members):
    """Whether a trial is as good as its member but for the last digits, or two points of which ranks are taken are."""
    if {"u", "f"} <= state.arrays.keys():
        f = np.sort(state.arrays["f"][: state.asked[0]])
        return bool((np.diff(f) <= 1e-10 * (1 + abs(f[1:]))).any())
    if len(members) == 0 or state.t <= 1:
        return False
    f = state.arrays["f"]
    return bool((abs(f - members) <= 1e-10 * (1 + abs(f)))[: state.asked[0]].any())


def odd_fields(cls, rng):
    """Hyperparameters somewhere in their intervals."""
    drawn = {}
    for name, (kind, interval, *_) in hints(cls).items():
        if kind is str:
            drawn[name] = str(rng.choice(interval.names))
            continue
        low, high = (float(end) for end in interval.text[1:-1].split(","))
        if kind is bool:
            drawn[name] = bool(rng.integers(2))
            continue
        drawn[name] = int(rng.integers(low, low + 9)) if kind is int else float(rng.uniform(0.1, 0.9) * min(high - low, 1.0) + low)
    return drawn


CASES = {"random": random_cases, "special": special_cases, "moves": move_cases}
SECTIONS = list(modules())


KINDS = [(section, kind) for section in SECTIONS for kind in CASES if kind != "moves" or optimizers(section)]


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def asked(request):
    """A section, cases of its kernels or optimizers, and Numba's answers to them."""
    section, kind = request.param
    cases = CASES[kind](section)
    return section, cases, runtimes.in_numba(cases)


def chooses(name):
    """Whether a method looks at values for itself, and goes on by what it finds."""
    cls = getattr(nnopt, name, None)
    return isinstance(cls, type) and issubclass(cls, (SearchMethod, WalkMethod))


def assert_agreement(cases, expected, found):
    """Every answer within the tolerance of Numba's; where Python's math refused, Numba's answer is no finite number."""
    assert len(found) == len(expected) == len(cases) > 0
    worst, refused = {}, 0
    for message, one, two in zip(cases, found, expected, strict=True):
        if "raised" in one:
            refused += 1
            gap = np.inf if is_finite(message, two) else 0.0
        else:
            gap = disagreement(message, one, two)
        worst[message["kernel"]] = max(gap, worst.get(message["kernel"], 0.0))
    too_far = {name: gap for name, gap in worst.items() if not gap <= (COMPARING if chooses(name) else TOLERANCE)}
    assert not too_far, f"of {len(worst)} kernels these differ from Numba: {too_far}"
    assert refused < len(cases) / 5
    print(f"{len(cases)} cases of {len(worst)} kernels, worst difference {max(worst.values()):.1e}, Python refused {refused}")


# ------------------------------------------------------------------------------------ tests
@pytest.mark.parametrize("section", SECTIONS)
def test_every_kernel_and_optimizer_is_in_its_module(section):
    text = built(section).read_text(encoding="utf8")
    assert sorted(part(text, "signatures")) == sorted(kernels(section)), "run `python -m nnopt.web.build`"
    assert sorted(part(text, "optimizers")) == sorted(optimizers(section)), "run `python -m nnopt.web.build`"


def test_python_agrees(asked):
    assert_agreement(*asked[1:], runtimes.in_python(asked[1]))


def test_node_agrees(asked):
    section, cases, expected = asked
    assert_agreement(cases, expected, runtimes.in_node(need("node"), cases, section))


@pytest.fixture
def visit(browser, tmp_path):
    """visit(section): a page on the disk, with the section's module and nothing else."""
    page, requests = browser.new_page(), []
    page.on("request", lambda request: requests.append(request.url))

    def go(section):
        scripts = [LIVE / "nnopt.js", built(section), runtimes.HERE / "answer.js"]
        html = tmp_path / "page.html"
        html.write_text("<!doctype html>" + "".join(f'<script src="{script.as_uri()}"></script>' for script in scripts))
        page.goto(html.as_uri())
        return page

    yield go
    assert all(url.startswith("file:") for url in requests), requests
    page.close()


def test_chromium_agrees(asked, visit):
    section, cases, expected = asked
    assert_agreement(cases, expected, runtimes.in_page(visit(section), cases))


def test_a_disagreement_is_seen():
    """The comparison itself: a last digit passes; a changed number, a NaN, an infinity and an integer do not."""
    message = case(gd, [np.array([1.0, 2.0]), np.array([0.5, 0.5]), 0.1])
    good = runtimes.answer(message)

    def answer(*numbers):
        return {**good, "arrays": [runtimes.pack(np.array(numbers)), good["arrays"][1]]}

    assert disagreement(message, answer(0.95, 1.95 * (1 + 1e-15)), good) <= TOLERANCE
    for wrong in ((0.95, 1.95 + 1e-11), (0.95, np.nan), (np.inf, 1.95)):
        assert disagreement(message, answer(*wrong), good) > TOLERANCE
    assert runtimes.difference(np.array([np.inf]), np.array([-np.inf])) == np.inf
    assert runtimes.difference(np.array([np.nan]), np.array([np.nan])) == 0.0
    assert runtimes.difference(np.array([3]), np.array([4])) == np.inf


@pytest.mark.parametrize("value", [multimodal.rastrigin_value, multimodal.ackley_value])
def test_far_away_is_not_the_deepest_place(value):
    """A method that runs away must not find minus infinity there."""
    cases = [case(value, [np.array([1e19, 0.0])])]
    for found in (runtimes.in_numba(cases), runtimes.in_node(need("node"), cases, SECTIONS[0])):
        assert not runtimes.unpack(found[0]["returned"])[0] < 0.0


def test_special_values_are_special():
    """NaN and both infinities do stand in the cases, and in Numba's answers."""
    numbers = [arg for message in special_cases(SECTIONS[0]) for arg in runtimes.arguments(message) if not isinstance(arg, int)]
    drawn = np.concatenate([np.ravel(arg) for arg in numbers if np.asarray(arg).dtype == np.float64])
    assert np.isnan(drawn).any()
    assert {np.inf, -np.inf} <= set(drawn[np.isinf(drawn)])
    assert len(SPECIAL) > 3


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("nn.kernels.gd(x, x)", "gd takes (theta, grad, lr), not 2 arguments"),
        ("nn.kernels.gd([1, 2], x, 0.1)", 'gd: theta must be an array("float64", shape) whose shape has 1 length'),
        ("nn.kernels.put(nn.zeros(2, 2), x)", 'put: target must be an array("float64", shape) whose shape has 1 length'),
        ("nn.kernels.uniform(x)", 'uniform: rng must be an array("uint64", shape) whose shape has 1 length'),
        ("nn.kernels.gd(x, x, '1')", "gd: lr must be a number, not 1"),
        ("nn.kernels.below(nn.array('uint64', [1]), 1.5)", "below: bound must be an integer, not 1.5"),
        ("nn.zeros(1e9)", "no room for 1000000000 more numbers"),
        ("nn.array('float32', [2])", "an array is of float64, int64 or uint64, not of float32"),
        ("nn.zeros(-1)", "a shape is a list of lengths, not [-1]"),
    ],
)
def test_the_loader_says_what_is_wrong(call, sentence):
    program = f"""
        const fs = require("fs"), vm = require("vm");
        for (const file of process.argv.slice(1)) vm.runInThisContext(fs.readFileSync(file, "utf8"), file);
        nnopt.load("gradient").then((nn) => {{
          const x = nn.zeros(2);
          try {{ {call}; console.log("nothing was wrong"); }} catch (error) {{ console.log(error.message); }}
        }});"""
    done = subprocess.run(
        [need("node"), "-e", program, LIVE / "nnopt.js", built("gradient")], capture_output=True, text=True, timeout=30
    )
    assert done.stdout.startswith(sentence), done.stderr


# ------------------------------------------------------------------------------------ the build
@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """A folder with the modules, built again from the sources as they are."""
    need("wasm-ld")
    need("wasi-libc")
    folder = tmp_path_factory.mktemp("rebuilt")
    done = subprocess.run(
        [sys.executable, "-m", "nnopt.web.build", *SECTIONS, "--out", folder], capture_output=True, text=True, timeout=1500
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_modules_are_what_the_sources_say(rebuilt):
    for section in SECTIONS:
        compare(section, built(section).read_text(encoding="utf8"), (rebuilt / built(section).name).read_text(encoding="utf8"))


def test_the_module_computes_what_the_sources_say(asked, rebuilt):
    node, (section, cases, _) = need("node"), asked
    assert_agreement(cases, runtimes.in_node(node, cases, section), runtimes.in_node(node, cases, section, rebuilt))


@pytest.mark.parametrize("section", SECTIONS)
def test_the_module_imports_nothing_and_exports_what_it_should(section):
    program = """
        const fs = require("fs"); globalThis.nnopt = { sections: {} };
        eval(fs.readFileSync(process.argv[1], "utf8"));
        const module = new WebAssembly.Module(Buffer.from(Object.values(nnopt.sections)[0].wasm, "base64"));
        console.log(JSON.stringify([WebAssembly.Module.imports(module), WebAssembly.Module.exports(module).map((e) => e.name)]));"""
    done = subprocess.run([need("node"), "-e", program, built(section)], capture_output=True, text=True, timeout=30)
    imports, exports = json.loads(done.stdout)
    moves = [f"{name}_{kind}" for name, cls in optimizers(section).items() for kind in kinds(cls)]
    assert imports == []
    assert sorted(exports) == sorted([*kernels(section), *moves, *(f"{name}_objective" for name in surfaces()), "memory", "__heap_base"])


def test_check_finds_a_stale_module():
    fresh = built("gradient").read_text(encoding="utf8")
    changed = fresh.replace('"name": "lr", "dtype"', '"name": "rate", "dtype"')
    assert changed != fresh
    stale = ", ".join(name for name, kernel in kernels("gradient").items() if "lr" in parameters(kernel))
    with pytest.raises(BuildError, match=f"is stale in {re.escape(stale)};"):
        compare("gradient", changed, fresh)
    compare("gradient", fresh, fresh)


def test_what_is_stale_is_told_by_the_sources(monkeypatch, tmp_path):
    """A section is built again when one of its own sources changed, and only then."""
    assert not is_stale("gradient"), "run `python -m nnopt.web.build`"
    monkeypatch.setattr(build, "LIVE", tmp_path)
    assert is_stale("gradient")
    (tmp_path / "kernels-gradient.js").write_text(f"// Sources: {build.sources('gradient')}\n", encoding="utf8")
    assert not is_stale("gradient")


def test_the_linker_is_looked_for_before_anything_is_compiled(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert build.main(["gradient"]) == 1
    assert "wasm-ld not found; on Debian: apt-get install lld wasi-libc" in capsys.readouterr().err
