"""Numba, plain Python and WebAssembly are one: every kernel of the browser's module, from the same inputs, to 1e-12.

Inputs are drawn from a fixed seed, so these tests raise no false alarms.
"""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from conftest import need
from web import runtimes
from web.runtimes import LIVE, SPECIAL, case, copy, disagreement, draw, is_finite, spoil

from nnopt._jit import parameters
from nnopt.gradient.adam import adam
from nnopt.gradient.gd import gd
from nnopt.metaheuristics.pso import pso_move, pso_remember
from nnopt.problems import multimodal, smooth
from nnopt.random import scatter
from nnopt.web.build import kernels, signatures

TOLERANCE = 1e-12       # of numbers above 1 relative, below absolute
DRAWS, SPOILED = 25, 40
BUILT = (LIVE / "kernels.js").read_text(encoding="utf8")


# ------------------------------------------------------------------------------------ cases
def random_cases():
    """For every kernel, ordinary inputs, then inputs with one special value."""
    rng, cases = np.random.default_rng(20), []
    for kernel in kernels().values():
        cases += [case(kernel, draw(kernel, rng)) for _ in range(DRAWS)]
    return cases


def special_cases():
    rng, cases = np.random.default_rng(21), []
    for kernel in kernels().values():
        spoiled = [spoil(kernel, draw(kernel, rng), rng) for _ in range(SPOILED)]
        cases += [case(kernel, args) for args in spoiled if args]
    return cases


def run(cases, kernel, *args):
    """Run a kernel in Numba, and keep the call as a case."""
    cases.append(case(kernel, [copy(arg) for arg in args]))
    return kernel(*args)


def descent_cases(steps=120):
    """Whole runs of the gradient methods; each step is a case that starts from Numba's state, so that no error can grow."""
    cases = []
    surfaces = [
        (smooth.rosenbrock_value, smooth.rosenbrock_gradient, [-1.2, 1.0], 0.002),
        (multimodal.himmelblau_value, multimodal.himmelblau_gradient, [0.5, -3.2], 0.01),
        (multimodal.rastrigin_value, multimodal.rastrigin_gradient, [2.3, -1.7], 0.02),
        (multimodal.ackley_value, multimodal.ackley_gradient, [2.3, -1.7], 0.05),
    ]
    for value, gradient, start, lr in surfaces:
        theta, grad = np.array(start), np.zeros(2)
        for _ in range(steps):
            run(cases, value, theta)
            run(cases, gradient, theta, grad)
            run(cases, gd, theta, grad, lr)
        theta, m, v = np.array(start), np.zeros(2), np.zeros(2)
        for t in range(1, steps + 1):
            run(cases, gradient, theta, grad)
            run(cases, adam, theta, grad, m, v, t, 10 * lr, 0.9, 0.999, 1e-8)
    return cases


def swarm_cases(generations=60):
    """Whole runs of the swarm, likewise."""
    cases = []
    for value in (smooth.rosenbrock_value, multimodal.himmelblau_value, multimodal.rastrigin_value, multimodal.ackley_value):
        X, V, P, r1, r2 = np.zeros((12, 2)), np.zeros((12, 2)), np.zeros((12, 2)), np.zeros(2), np.zeros(2)
        f, fP, b, fb = np.zeros(12), np.zeros(12), np.zeros(2), np.zeros(1)
        lower, upper, rng = np.full(2, -5.0), np.full(2, 5.0), np.array([7], np.uint64)
        run(cases, scatter, X, lower, upper, rng)
        for t in range(generations):
            if t > 0:
                run(cases, pso_move, X, V, P, b, r1, r2, lower, upper, rng, 0.7298, 1.49618, 1.49618)
            f[:] = [run(cases, value, x.copy()) for x in X]
            run(cases, pso_remember, X, f, P, fP, b, fb, t)
    return cases


CASES = {"random": random_cases, "special": special_cases, "descents": descent_cases, "swarms": swarm_cases}


@pytest.fixture(scope="module", params=CASES)
def asked(request):
    """Cases, and Numba's answers to them."""
    cases = CASES[request.param]()
    return cases, runtimes.in_numba(cases)


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
    too_far = {name: gap for name, gap in worst.items() if not gap <= TOLERANCE}
    assert not too_far, f"of {len(worst)} kernels these differ from Numba: {too_far}"
    assert refused < len(cases) / 5
    print(f"{len(cases)} cases of {len(worst)} kernels, worst difference {max(worst.values()):.1e}, Python refused {refused}")


# ------------------------------------------------------------------------------------ tests
def test_every_kernel_is_in_the_module():
    assert sorted(signatures(BUILT)) == sorted(kernels()), "run `python -m nnopt.web.build`"


def test_python_agrees(asked):
    assert_agreement(*asked, runtimes.in_python(asked[0]))


def test_node_agrees(asked):
    assert_agreement(*asked, runtimes.in_node(need("node"), asked[0]))


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """A page on the disk, with the module and nothing else."""
    page = browser.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    scripts = [LIVE / "nnopt.js", LIVE / "kernels.js", runtimes.HERE / "answer.js"]
    html = tmp_path_factory.mktemp("page") / "page.html"
    html.write_text("<!doctype html>" + "".join(f'<script src="{script.as_uri()}"></script>' for script in scripts))
    page.goto(html.as_uri())
    yield page
    assert all(url.startswith("file:") for url in requests), requests
    page.close()


def test_chromium_agrees(asked, page):
    assert_agreement(*asked, runtimes.in_page(page, asked[0]))


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
    for found in (runtimes.in_numba(cases), runtimes.in_node(need("node"), cases)):
        assert not runtimes.unpack(found[0]["returned"])[0] < 0.0


def test_special_values_are_special():
    """NaN and both infinities do stand in the cases, and in Numba's answers."""
    numbers = [arg for message in special_cases() for arg in runtimes.arguments(message) if not isinstance(arg, int)]
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
        nnopt.load().then((nn) => {{
          const x = nn.zeros(2);
          try {{ {call}; console.log("nothing was wrong"); }} catch (error) {{ console.log(error.message); }}
        }});"""
    done = subprocess.run(
        [need("node"), "-e", program, LIVE / "nnopt.js", LIVE / "kernels.js"], capture_output=True, text=True, timeout=30
    )
    assert done.stdout.startswith(sentence), done.stderr


# ------------------------------------------------------------------------------------ the build
@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """The module, built again from the sources as they are."""
    need("wasm-ld")
    need("wasi-libc")
    target = tmp_path_factory.mktemp("rebuilt") / "kernels.js"
    done = subprocess.run(
        [sys.executable, "-m", "nnopt.web.build", "--out", target], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return target


def test_the_module_is_what_the_sources_say(rebuilt):
    assert signatures(rebuilt.read_text(encoding="utf8")) == signatures(BUILT), "run `python -m nnopt.web.build`"


def test_the_module_computes_what_the_sources_say(asked, rebuilt):
    node, cases = need("node"), asked[0]
    assert_agreement(cases, runtimes.in_node(node, cases), runtimes.in_node(node, cases, rebuilt))


def test_the_module_imports_nothing_and_exports_the_kernels():
    program = """
        const fs = require("fs"); globalThis.nnopt = {};
        eval(fs.readFileSync(process.argv[1], "utf8"));
        const module = new WebAssembly.Module(Buffer.from(nnopt.wasm, "base64"));
        console.log(JSON.stringify([WebAssembly.Module.imports(module), WebAssembly.Module.exports(module).map((e) => e.name)]));"""
    done = subprocess.run([need("node"), "-e", program, LIVE / "kernels.js"], capture_output=True, text=True, timeout=30)
    imports, exports = json.loads(done.stdout)
    assert imports == []
    assert sorted(exports) == sorted([*kernels(), "memory", "__heap_base"])


def test_check_finds_a_stale_module():
    from nnopt.web import build

    changed = BUILT.replace('"name": "lr"', '"name": "rate"')
    assert changed != BUILT
    stale = ", ".join(name for name, kernel in kernels().items() if "lr" in parameters(kernel))
    with pytest.raises(build.BuildError, match=f"is stale in {re.escape(stale)};"):
        build.compare(changed, BUILT)
    build.compare(BUILT, BUILT)
