"""The promises about compilation: nothing at import, nothing twice, nothing stale; and plain Python gives the same results."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnopt
from nnopt._jit import Call, N, R, World, bind, cut, d, interface, is_kernel, kernel, parameters, python, signature

PACKAGE = Path(nnopt.__file__).parent

# Small runs of every optimizer, compiled objectives and Python ones, and training; results as JSON.
RUNS = """
import json, sys
import numpy as np
import nnopt
from nnopt.problems import himmelblau, rastrigin, rosenbrock

def bowl(x):
    return float(((x - 0.5) ** 2).sum())

out = {}
for opt in (nnopt.GD(lr=1e-3), nnopt.Adam(lr=0.02), nnopt.Adam(lr=lambda t: 0.1 / t)):
    r = nnopt.minimize(rosenbrock(3), opt, x0=[-1.2, 1.0, 0.5], max_evals=200)
    out[f"{type(opt).__name__} {len(out)}"] = [*r.x, r.fun]
    r = nnopt.minimize(bowl, opt, x0=[2.0, -1.0], jac=lambda x: 2 * (x - 0.5), max_evals=100)
    out[f"{type(opt).__name__} {len(out)}"] = [*r.x, r.fun]
for problem in (rastrigin(4), himmelblau()):
    r = nnopt.minimize(problem, nnopt.PSO(population_size=10), max_evals=300, seed=1)
    out[f"PSO {problem.name}"] = [*r.x, r.fun]
r = nnopt.minimize(bowl, nnopt.PSO(population_size=5), bounds=[(-2, 2)] * 2, max_evals=100, seed=2)
out["PSO bowl"] = [*r.x, r.fun]
rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 4)), rng.integers(0, 3, 60)
for opt in (nnopt.GD(lr=0.1), nnopt.Adam(lr=1e-2), nnopt.PSO(population_size=6)):
    for activation in ("relu", "tanh"):
        net = nnopt.MLPClassifier((5,), activation, optimizer=opt, epochs=6, batch_size=16, dtype="float64", random_state=0)
        out[f"classifier {activation} {type(opt).__name__}"] = net.fit(X, y).theta_.tolist()
net = nnopt.MLPRegressor((5,), optimizer=nnopt.Adam(), epochs=5, dtype="float64", random_state=0)
out["regressor"] = net.fit(X, X[:, :2]).theta_.tolist()
"""


def run(code, cache=None, **environment):
    """The last line that a fresh Python prints."""
    env = {**os.environ, **environment}
    if cache:
        env["NNOPT_CACHE"] = str(cache)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


def test_import_loads_no_compiler_and_no_library():
    heavy = json.loads(run("import json, sys, nnopt; print(json.dumps([m for m in ('numba', 'scipy', 'sklearn') if m in sys.modules]))"))
    assert heavy == []


def test_a_second_process_compiles_nothing(tmp_path):
    count = """
from numba.core.event import install_recorder
with install_recorder("numba:compile") as recorder:
    exec(RUNS)
print(sum(event.is_start for _, event in recorder.buffer))
"""
    code = f"RUNS = {RUNS!r}\n{count}"
    assert int(run(code, tmp_path)) > 20
    assert int(run(code, tmp_path)) == 0


def test_no_stale_code_after_an_edit_in_another_file(tmp_path):
    copy = tmp_path / "nnopt"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "web", "grader", "datasets"))
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import nnopt; assert nnopt.__path__[0] == {str(copy)!r}\n" + (
        "print(nnopt.minimize(nnopt.problems.sphere(2), nnopt.PSO(population_size=4), max_evals=40, seed=0).fun)"
    )
    before = run(code, tmp_path / "cache")
    assert run(code, tmp_path / "cache") == before
    random = copy / "random.py"  # a callee of pso_move, two files away from the loop that runs it
    text, edits = re.subn(r"^UNIT = .*$", "UNIT = 0.5 / 9007199254740992.0", random.read_text(), flags=re.MULTILINE)
    assert edits == 1
    random.write_text(text)
    after = run(code, tmp_path / "cache")
    assert after != before
    assert after == run(code, tmp_path / "fresh")


def test_plain_python_gives_the_same_results():
    """Equal to 1e-9: the same operations, each of which Numba may round otherwise in its last bit."""
    code = RUNS + "print(json.dumps(out))"
    compiled, plain = json.loads(run(code, NNOPT_JIT="1")), json.loads(run(code, NNOPT_JIT="0"))
    assert compiled.keys() == plain.keys()
    assert len(compiled) >= 15
    for name, values in compiled.items():
        np.testing.assert_allclose(plain[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


def test_the_users_own_cache_folder_is_left_alone(tmp_path):
    code = (
        "import numba; before = numba.config.CACHE_DIR; import nnopt; nnopt.problems.sphere(2)([1, 2]); "
        "print(numba.config.CACHE_DIR == before)"
    )
    assert run(code, tmp_path) == "True"


def test_no_kernel_stands_where_the_cache_key_does_not_look():
    for path in (PACKAGE / "grader").rglob("*.py"):
        assert "_jit" not in path.read_text(encoding="utf8"), path


# ------------------------------------------------------------------------------------ annotations and binding
def test_signature_spells_the_annotations():
    from nnopt.gradient.adam import adam

    assert str(signature(adam, World(state="float32"))).startswith("(Array(float32, 1, 'C', False, aligned=True), ")
    assert list(parameters(adam)) == ["theta", "grad", "m", "v", "t", "lr", "beta1", "beta2", "eps"]
    assert repr(parameters(adam)["theta"]) == "R[d]"


def test_an_argument_without_a_space_is_refused():
    @kernel
    def bare(x: R[d], y) -> R:
        return x[0] + y

    with pytest.raises(TypeError, match="kernel bare: y must be annotated"):
        parameters(bare)


def test_bind_is_readable_source():
    @interface
    def Loop(theta: R[d], table: N[d], hyper: R[d], t: N): ...

    @kernel
    def move(theta: R[d], v: R[d], lr: R): ...

    bound = bind("step", Loop, [Call(move, "if t > 0: {}")], dict(lr="hyper[0]"), dict(v=cut("v", R, "table", 3, [d])))
    assert bound.source.splitlines() == [
        "def step(theta, table, hyper, t):", "    v = R_at(table, 3, (d,))", "    if t > 0: move(theta, v, hyper[0])"
    ]  # fmt: skip
    assert len(bound.outline.splitlines()) == 2
    with pytest.raises(TypeError, match="move asks for v, lr, which nothing gives"):
        bind("step", Loop, [Call(move)], {})


def test_a_kernel_may_bear_the_name_of_its_wrapper():
    import nnopt.problems

    @kernel
    def value(x: R[d]) -> R:
        return x[0] * x[0]

    assert nnopt.problems.Problem("square", value)([3.0]) == 9.0


def test_kernels_are_functions_to_their_users():
    import pickle

    from nnopt.problems.smooth import sphere_value

    assert is_kernel(sphere_value)
    assert pickle.loads(pickle.dumps(sphere_value)) is sphere_value
    assert python(sphere_value)(np.array([3.0, 4.0])) == sphere_value(np.array([3.0, 4.0])) == 25.0
    assert sphere_value.__doc__.startswith("The square")
