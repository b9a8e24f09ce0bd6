"""The live figures under a reader's hand: each change shows, and what is shown is what Numba computes for it."""

import json
import re
import shutil
import sys

import numpy as np
import pytest
from conftest import ROOT
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from web.runtimes import LIVE, difference

import nnopt
from nnopt._loop import DIVERSITY, LEAST, SPENT, VALUE
from nnopt.web import figures
from nnopt.web.figures import Replay, bowl, playground, tour
from nnopt.web.figures import network as network_figure
from nnopt.web.figures.rows import walk

TOLERANCE = 1e-12
FIGURES = {("race", "GD", "Adam"): "The paths of two methods. " * 5, ("population", "PSO"): "Points in flight. " * 6,
           ("bowl",): "The path in a bowl, and both directions. " * 4, ("rows", "MiniBatchGD"): "Steps from one, eight and all rows. " * 4,
           ("network",): "Values forward, derivatives back. " * 4, ("tour", "ACO"): "A tour through thirty cities. " * 4,
           ("playground",): "Two pictures of what a network has learned. " * 3}
NAMES = [words[0] for words in FIGURES]
PLAYED = [name for name in NAMES if name not in ("network", "playground")]  # a run, computed at once, that plays by itself
ENTRIES = [VALUE, LEAST, SPENT, DIVERSITY]  # of the ledger: what moves write


# ------------------------------------------------------------------------------------ pages
@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return site_of(tmp_path_factory.mktemp("site"), FIGURES)


def site_of(folder, shown):
    """A site on the disk whose page holds the figures, as the directive writes them."""
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    from live import still_name, written

    loaded: set = set()
    shutil.copytree(LIVE, folder / "live")
    (folder / "live" / "stills").mkdir()
    body = ""
    for words, text in shown.items():
        body += written("book/gradient/page", loaded, words, figures.setup(*words), text)
        (folder / "live" / "stills" / still_name(words)).write_bytes(figures.still(*words))
    page = folder / "book" / "gradient" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Live figures</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>body { margin: 0 auto; padding: 1rem; max-width: 46rem; font-family: sans-serif; background: #fff; }"
        'html[data-theme="dark"] body { background: #121212; color: #ddd; }</style></head>'
        f"<body><main><h1>Live figures</h1>{body}</main></body></html>",
        encoding="utf8",
    )
    return page


@pytest.fixture
def visit(browser, site):
    """visit(**context options) opens the page and returns it; at the end, no request has left and no script has failed."""
    contexts, requests, errors = [], [], []

    def go(ready=True, init=None, address="", **options):
        options = {"viewport": {"width": 1280, "height": 1000}, "reduced_motion": "reduce", **options}
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        if init:
            page.add_init_script(init)
        page.goto(site.as_uri() + address)
        if ready:
            page.wait_for_function(f"window.__nnopt_live && {json.dumps(NAMES)}.every((name) => name in __nnopt_live)")
        return page

    yield go
    for context in contexts:
        context.close()
    assert requests
    assert all(url.startswith("file:") for url in requests), requests
    assert not errors


@pytest.fixture
def page(visit):
    return visit()


def record(page, figure):
    return page.evaluate(f"__nnopt_live.{figure}.record()")


def part(page, figure, selector):
    return page.locator(f'[data-figure="{figure}"] {selector}')


def slider(page, figure, label):
    return part(page, figure, f'input[aria-label="{label}"]')


def settle(page):
    """Wait until what was laid out is on the screen: a touch is judged by what the screen shows."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))")


def drag_to(page, figure, label, position):
    """Drag the thumb of a slider from where it is to a fraction of its width."""
    control = slider(page, figure, label)
    control.scroll_into_view_if_needed()
    box, low, high = control.bounding_box(), float(control.get_attribute("min")), float(control.get_attribute("max"))
    inner, y = box["width"] - 16, box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + inner * (float(control.input_value()) - low) / (high - low), y)
    page.mouse.down()
    page.mouse.move(box["x"] + 8 + inner * position, y, steps=4)
    page.mouse.up()


# ------------------------------------------------------------------------------------ what Numba says
def assert_runs(seen):
    """Every move of every run follows from the one before as Numba computes it: no error of a last digit can grow."""
    assert seen["runs"]
    for run in seen["runs"]:
        given = run["options"]
        optimizer = figures.method(given["optimizer"])(**given["fields"])
        replay = Replay(optimizer, seen["surface"], given.get("start"), seed=given.get("seed", 0))
        dtypes = {name: array.dtype for name, array in replay.state.arrays.items()}
        frames = {name: np.array(flat, dtypes[name]).reshape(seen["steps"] + 1, -1) for name, flat in run["arrays"].items()}
        assert frames.keys() == dtypes.keys()
        close = {"best": 1e-6}  # of two points whose values differ in the last digit either may be the best
        assert (np.array(run["value"]) == frames["ledger"][:, VALUE]).all() or not np.isfinite(run["value"]).all()
        for t in range(seen["steps"] + 1):
            with np.errstate(all="ignore"):
                replay.move()
            for name, rows in frames.items():
                now = replay.state.arrays[name].ravel()
                picked = ENTRIES if name == "ledger" else slice(None)
                assert difference(rows[t][picked], now[picked]) <= close.get(name, TOLERANCE), f"{given['optimizer']}: {name} after move {t}"
                now[:] = rows[t]
            if not abs(replay.state.ledger[VALUE]) < 1e4:
                break


def changed(page, figure, before, names):
    """The figure's record, once all of these have changed; an event may take a moment to arrive."""
    page.wait_for_function(
        """([figure, names, before]) => {
             const now = __nnopt_live[figure].record();
             return names.every((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
           }""",
        arg=[figure, names, {name: before[name] for name in names}],
        timeout=10_000,
    )
    return record(page, figure)


def changed_runs(page, figure, before, *names):
    """The figure now, after asserting that these, and with them its runs, have changed, and that Numba agrees."""
    now = changed(page, figure, before, names)
    assert [run["value"] for run in now["runs"]] != [run["value"] for run in before["runs"]]
    assert_runs(now)
    return now


def changed_race(page, before, *names):
    return changed_runs(page, "race", before, *names)


def field(seen, name, run=0):
    return seen["runs"][run]["options"]["fields"][name]


def changed_field(page, figure, before, name, run=0):
    """The figure now, after asserting that one of its fields has changed, and with it its runs."""
    page.wait_for_function(
        "([figure, run, name, old]) => __nnopt_live[figure].record().runs[run].options.fields[name] !== old",
        arg=[figure, run, name, field(before, name, run)], timeout=10_000,
    )  # fmt: skip
    return changed_runs(page, figure, before)


# ------------------------------------------------------------------------------------ the race
def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("words", [words for words in FIGURES if words[0] in ("race", "population")])
def test_begins_as_its_picture(page, words):
    seen, begins = record(page, words[0]), json.loads(figures.setup(*words))
    assert seen["surface"] == next(iter(begins["surfaces"]))
    assert seen["steps"] == begins["steps"]
    if words[0] == "race":
        course = begins["surfaces"][seen["surface"]]
        assert seen["start"] == list(course["start"])
        assert [field(seen, "lr", run) for run in range(2)] == pytest.approx([10 ** course["rates"][name] for name in words[1:]])
    else:
        assert field(seen, "population_size") == begins["fields"]["population_size"]
        assert (seen["seed"], field(seen, "w")) == (begins["seed"], 0.7298)
    assert_runs(seen)


def test_rows_begin_as_their_picture(page):
    begins, seen = json.loads(figures.setup("rows", "MiniBatchGD")), record(page, "rows")
    assert [run["size"] for run in seen["runs"]] == [run["batch"] for run in begins["runs"]]
    assert (seen["lr"], seen["seed"], seen["steps"]) == (pytest.approx(begins["lr"]), begins["seed"], begins["steps"])
    assert_rows(seen, begins)


def test_race_by_mouse(page):
    before = record(page, "race")
    x, y = middle(part(page, "race", ".live-handle"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 210, y - 120, steps=6)
    page.mouse.up()
    dragged = changed_race(page, before, "start")
    assert dragged["start"][0] > before["start"][0] + 0.5
    assert dragged["start"][1] > before["start"][1] + 0.3
    assert middle(part(page, "race", ".live-handle")) == pytest.approx((x + 210, y - 120), abs=1.5)

    part(page, "race", ".live-stage").click(position={"x": 40, "y": 60})
    clicked = changed_race(page, dragged, "start")
    for run, label, name in ((0, "GD learning rate", "lr"), (1, "Adam learning rate", "lr"), (1, "Adam β₁", "beta1")):
        drag_to(page, "race", label, 0.4)
        clicked = changed_field(page, "race", clicked, name, run)
    part(page, "race", "summary").click()
    drag_to(page, "race", "Adam β₂", 0.2)
    changed_field(page, "race", clicked, "beta2", 1)


def test_race_by_keyboard(page):
    before = record(page, "race")
    handle = part(page, "race", ".live-handle")
    handle.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    moved = changed_race(page, before, "start")
    assert moved["start"] == pytest.approx([-1.2 + 2 * 0.01 * 4.2, 1.0 + 0.05 * 3.4])
    assert handle.get_attribute("aria-valuetext") == "(−1.12, 1.17)"
    assert handle.get_attribute("aria-valuenow") == "-1.12"
    slider(page, "race", "Adam learning rate").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    slower = changed_field(page, "race", moved, "lr", 1)
    assert field(slower, "lr", 1) == pytest.approx(field(moved, "lr", 1) * 10**-0.2)
    part(page, "race", "select").focus()
    page.keyboard.press("ArrowDown")
    changed_race(page, slower, "surface", "start")


def test_race_by_touch(visit):
    page = visit(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    handle = part(page, "race", ".live-handle")
    page.evaluate("document.querySelector('[data-figure=race]').scrollIntoView()")
    settle(page)
    before, scrolled, (x, y) = record(page, "race"), page.evaluate("scrollY"), middle(handle)
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for way in (0.25, 0.5, 0.75, 1.0):
        point = {"x": x + 90 * way, "y": y - 80 * way}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    dragged = changed_race(page, before, "start")
    assert dragged["start"][0] > before["start"][0] + 0.5
    assert page.evaluate("scrollY") == scrolled, "the page scrolled under the finger"
    settle(page)
    stage = part(page, "race", ".live-stage").bounding_box()
    for _ in range(5):  # on a busy machine a tap may last so long that the browser takes it for a long press
        page.touchscreen.tap(stage["x"] + stage["width"] * 0.8, stage["y"] + stage["height"] * 0.3)
        page.wait_for_timeout(300)
        if record(page, "race")["start"] != dragged["start"]:
            break
    changed_race(page, dragged, "start")


def test_race_on_every_surface(page):
    race = record(page, "race")
    for surface in ("quadratic", "himmelblau", "rastrigin", "rosenbrock"):
        part(page, "race", "select").select_option(surface)
        race = changed_race(page, race, "surface", "start")
        assert race["surface"] == surface


def test_race_that_runs_away_says_so(page):
    before = record(page, "race")
    drag_to(page, "race", "GD learning rate", 0.9)
    race = changed_field(page, "race", before, "lr")
    assert not np.isfinite(race["runs"][0]["value"][-1])
    part(page, "race", ".live-summary").filter(has_text="Gradient descent has run away").wait_for()


# ------------------------------------------------------------------------------------ the population
def test_population_by_mouse(page):
    for label, name in (("w", "w"), ("c₁", "c1"), ("c₂", "c2"), ("population size", "population_size")):
        before = record(page, "population")
        drag_to(page, "population", label, 0.7)
        changed_field(page, "population", before, name)
    before = record(page, "population")
    drag_to(page, "population", "seed", 0.35)
    changed_runs(page, "population", before, "seed")


def test_population_by_keyboard(page):
    before = record(page, "population")
    slider(page, "population", "population size").focus()
    page.keyboard.press("ArrowRight")
    more = changed_field(page, "population", before, "population_size")
    assert field(more, "population_size") == field(before, "population_size") + 1
    slider(page, "population", "seed").focus()
    page.keyboard.press("End")
    other = changed_runs(page, "population", more, "seed")
    part(page, "population", "select").focus()
    page.keyboard.press("ArrowDown")
    changed_runs(page, "population", other, "surface")


def test_population_on_every_surface(page):
    seen = record(page, "population")
    for surface in ("ackley", "himmelblau", "rosenbrock", "rastrigin"):
        part(page, "population", "select").select_option(surface)
        seen = changed_runs(page, "population", seen, "surface")
        assert seen["surface"] == surface


# ------------------------------------------------------------------------------------ the bowl
def assert_bowl(seen):
    way = bowl.walk(seen["condition"], seen["share"], seen["start"], seen["steps"])
    assert difference(np.array(seen["way"]).reshape(-1, 2), way) <= 1e-9


def test_the_bowl_begins_as_its_picture_and_follows_the_reader(page):
    begins, before = json.loads(figures.setup("bowl")), record(page, "bowl")
    assert {name: before[name] for name in ("condition", "share", "start")} == {name: begins[name] for name in ("condition", "share", "start")}
    assert_bowl(before)
    for label, name in (("condition number", "condition"), ("learning rate, in 2/L", "share")):
        drag_to(page, "bowl", label, 0.4)
        before = changed(page, "bowl", before, [name, "way"])
        assert_bowl(before)
    part(page, "bowl", ".live-handle").focus()
    page.keyboard.press("ArrowRight")
    assert_bowl(changed(page, "bowl", before, ["start", "way"]))


def test_the_places_of_a_map_are_buttons(page):
    before = record(page, "population")
    for name, fields in figures.figures()["population"].PLACES["PSO"].items():
        part(page, "population", "button").filter(has_text=name).click()
        page.wait_for_function("w => __nnopt_live.population.record().runs[0].options.fields.w === w", arg=fields["w"])
        before = record(page, "population")
        assert {field: before["runs"][0]["options"]["fields"][field] for field in fields} == fields
        assert_runs(before)


def test_a_choice_among_names_is_a_slider(browser, tmp_path):
    """Of the genetic algorithm's fields those of bits and of permutations are no sliders; each selection is what Numba makes of it."""
    page = browser.new_page()
    page.goto(site_of(tmp_path, {("population", "GA"): "Points of a genetic algorithm. " * 5}).as_uri())
    page.wait_for_function("window.__nnopt_live && __nnopt_live.population")
    fields = {"selection": "roulette", "crossover_reals": "sbx"}
    for name, value in fields.items():
        before = record(page, "population")["runs"][0]["options"]["fields"]
        assert before[name] != value and "crossover_bits" not in before and "mutation_permutations" not in before
        drag_to(page, "population", name.replace("_", " "), 1.0)
        page.wait_for_function("([n, v]) => __nnopt_live.population.record().runs[0].options.fields[n] === v", arg=[name, value])
        assert_runs(record(page, "population"))
    page.close()


def test_the_race_ticks_its_tasks(page):
    drag_to(page, "race", "GD learning rate", 0.95)
    page.wait_for_function("document.querySelectorAll('[data-figure=race] .live-tasks .done').length === 1")
    drag_to(page, "race", "GD learning rate", 0.3)
    drag_to(page, "race", "Adam learning rate", 0.02)  # so slow that gradient descent is in front
    page.wait_for_function("document.querySelectorAll('[data-figure=race] .live-tasks .done').length === 2")


def test_tasks_are_ticked_by_the_page_and_said(page):
    assert record(page, "bowl")["left"] == 3
    part(page, "bowl", "button").filter(has_text="Best rate").click()
    page.wait_for_function("__nnopt_live.bowl.record().left === 2")
    best = record(page, "bowl")
    assert best["share"] == pytest.approx(best["condition"] / (1 + best["condition"]))
    assert part(page, "bowl", "[role=status]").inner_text().startswith("Done: Find the rate at which both")
    drag_to(page, "bowl", "learning rate, in 2/L", 0.97)
    page.wait_for_function("__nnopt_live.bowl.record().left === 1")
    part(page, "bowl", ".live-summary").filter(has_text="It diverges").wait_for()
    assert part(page, "bowl", ".live-tasks .done").count() == 2


# ------------------------------------------------------------------------------------ rows
def assert_rows(seen, begins):
    """Each run is the one that Numba makes of the same numbers."""
    assert len(seen["runs"]) == len(begins["runs"])
    for run in seen["runs"]:
        way = walk(run["size"], seen["lr"], seen["steps"], seen["seed"], seen["again"])
        assert difference(np.array(run["way"]).reshape(-1, 2), way) <= 1e-9


def test_rows_by_mouse_and_keyboard(page):
    begins, before = json.loads(figures.setup("rows", "MiniBatchGD")), record(page, "rows")
    for label in ("learning rate", "rows a step, run 2", "rows put back", "seed"):
        drag_to(page, "rows", label, 0.6)
        now = changed(page, "rows", before, ["runs"])
        assert_rows(now, begins)
        before = now
    slider(page, "rows", "rows a step, run 1").focus()
    page.keyboard.press("ArrowRight")
    assert changed(page, "rows", before, ["runs"])["runs"][0]["size"] == 2
    drag_to(page, "rows", "rate falls as 1/t", 0.9)
    closer = changed(page, "rows", record(page, "rows") | {"falls": 0}, ["falls"])
    assert closer["falls"] == 1


# ------------------------------------------------------------------------------------ the network
SHAPES = dict(W=(2, 3), V=(3,), x=(2,), z=(3,), a=(3,), dW=(2, 3), dV=(3,), da=(3,), dz=(3,), dx=(2,))
VALUES = [*SHAPES, "o", "loss", "do"]


def loss_of(x, target, W, V):
    return (np.tanh(x @ W) @ V - target) ** 2


def slopes(function, array, h=1e-5):
    """Central differences of a function of one array, entry by entry."""
    found = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        step = np.zeros(array.shape)
        step[place] = h
        found[place] = (function(array + step) - function(array - step)) / (2 * h)
    return found


def assert_network(seen):
    """All numbers are those of the two passes; derivatives are also those of differences, and of the library's backpropagation."""
    now = {name: np.reshape(seen[name], SHAPES.get(name, ())) for name in VALUES}
    x, W, V, target = now["x"], now["W"], now["V"], seen["target"]
    for name, value in network_figure.passes(x, target, W, V).items():
        np.testing.assert_allclose(now[name], value, rtol=1e-12, atol=1e-12, err_msg=name)
    near = dict(rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(now["dW"], slopes(lambda M: loss_of(x, target, M, V), W), **near)
    np.testing.assert_allclose(now["dV"], slopes(lambda v: loss_of(x, target, W, v), V), **near)
    np.testing.assert_allclose(now["dx"], slopes(lambda u: loss_of(u, target, W, V), x), **near)
    np.testing.assert_allclose(now["dz"], slopes(lambda z: (np.tanh(z) @ V - target) ** 2, now["z"]), **near)
    np.testing.assert_allclose(now["da"], slopes(lambda a: (a @ V - target) ** 2, now["a"]), **near)
    np.testing.assert_allclose(now["do"], slopes(lambda o: (o - target) ** 2, now["o"]), **near)
    net = nnopt.Network(nnopt.Dense(3), nnopt.Tanh(), nnopt.Dense(1), input=2, loss=nnopt.SquaredError())
    problem, theta = net.problem(x[None], [target]), np.concatenate([W.ravel(), np.zeros(3), V, np.zeros(1)])  # layers have biases
    assert now["loss"] == pytest.approx(problem(theta), rel=1e-12)
    np.testing.assert_allclose(np.concatenate([now["dW"].ravel(), now["dV"]]), problem.grad(theta)[[0, 1, 2, 3, 4, 5, 9, 10, 11]], rtol=1e-12, atol=1e-12)


def press(page, text):
    part(page, "network", "button").filter(has_text=text).click()
    return record(page, "network")


def unit(page, spoken):
    """What a unit's box says to those who do not see it."""
    return page.get_by_role("img", name=re.compile(f"^{spoken}:")).get_attribute("aria-label")


def weight(page, name):
    return page.get_by_role("radio", name=re.compile(f"^{name} from"))


def test_the_network_begins_as_its_picture_and_follows_its_sliders(page):
    begins, before = json.loads(figures.setup("network")), record(page, "network")
    assert (before["x"], before["target"], before["rate"], before["selected"]) == tuple(begins[name] for name in ("x", "target", "rate", "selected"))
    assert (before["W"], before["V"]) == ([*begins["W"][0], *begins["W"][1]], begins["V"])
    assert_network(before)
    for label, name in (("input x₁", "x"), ("input x₂", "x"), ("target y", "target")):
        drag_to(page, "network", label, 0.3)
        before = changed(page, "network", before, [name, "loss", "dW"])
        assert_network(before)
    slider(page, "network", "target y").focus()
    page.keyboard.press("ArrowRight")
    further = changed(page, "network", before, ["target", "loss"])
    assert further["target"] == pytest.approx(before["target"] + 0.1)
    assert_network(further)


def test_the_network_shows_values_forward_then_derivatives_back(page):
    assert press(page, "Forward")["position"] == 1
    assert "a₁ 0.74" in unit(page, "hidden unit 1")
    assert unit(page, "output") == "output: o not yet known, do not yet known"
    part(page, "network", "button").filter(has_text="Backward").focus()
    page.keyboard.press("Enter")
    assert record(page, "network")["position"] == 1  # there is no loss yet
    part(page, "network", ".live-summary").filter(has_text="go forward to it first").wait_for()
    press(page, "Forward")
    assert unit(page, "output") == "output: o −0.263, do not yet known"
    assert unit(page, "loss") == "loss: y 1, L 1.6"
    press(page, "Backward")
    assert unit(page, "output") == "output: o −0.263, do −2.53"
    assert "not yet known" in weight(page, "v₁").get_attribute("aria-label")
    press(page, "Backward")
    assert unit(page, "hidden unit 1") == "hidden unit 1: z₁ 0.95, a₁ 0.74, da₁ −2.53, dz₁ −1.14"
    assert "derivative −1.87" in weight(page, "v₁").get_attribute("aria-label")
    assert part(page, "network", ".live-product").inner_text() == "∂L/∂w₁₁ = dz₁ · x₁: not yet known, go backward first"
    assert press(page, "Backward")["position"] == 5
    assert unit(page, "input 1") == "input 1: x₁ 1.5, dx₁ −0.517"
    assert part(page, "network", ".live-product").inner_text() == "∂L/∂w₁₁ = dz₁ · x₁ ≈ (−1.144) · 1.5 ≈ −1.72"


def test_a_weight_of_the_network_is_selected_and_nudged(page):
    before = record(page, "network")
    weight(page, "v₃").click()
    assert record(page, "network")["selected"] == "v3"
    assert part(page, "network", ".live-product").inner_text() == "∂L/∂v₃ = do · a₃ ≈ (−2.526) · 0.7818 ≈ −1.97"
    assert part(page, "network", ".factor").all_inner_texts() == ["a₃\n0.78", "do\n−2.53"]
    after = press(page, "nudge +0.1")
    assert after["V"] == [*before["V"][:2], pytest.approx(before["V"][2] + 0.1)]
    assert after["W"] == before["W"]
    assert after["nudge"]["predicted"] == pytest.approx(0.1 * before["dV"][2], rel=1e-12)
    assert after["nudge"]["actual"] == pytest.approx(after["loss"] - before["loss"], rel=1e-12)
    # the loss is a parabola along v: what the prediction misses is its curvature, (0.1 a)^2
    assert after["nudge"]["actual"] - after["nudge"]["predicted"] == pytest.approx((0.1 * before["a"][2]) ** 2, rel=1e-9)
    assert_network(after)
    part(page, "network", ".live-summary").filter(has_text="predicted change of the loss 0.1 · (−1.97) = −0.197; actual change −0.191").wait_for()
    weight(page, "w₂₁").click()
    down = press(page, "nudge −0.1")
    assert down["W"][3] == pytest.approx(0.4)
    assert_network(down)
    assert press(page, "Start again") == before


def test_the_network_descends(page):
    before = record(page, "network")
    after = press(page, "Gradient step")
    for name in ("W", "V"):
        assert after[name] == pytest.approx(np.array(before[name]) - 0.1 * np.array(before[f"d{name}"]), rel=1e-12)
    assert after["step"] == {"before": before["loss"], "after": after["loss"]}
    assert after["loss"] < before["loss"]
    assert_network(after)
    part(page, "network", ".live-summary").filter(has_text="the loss falls from 1.6 to").wait_for()


def test_the_network_by_keyboard(page):
    """Every control is reached by Tab; of the weights the selected one is, and arrow keys select another."""
    before, reached = record(page, "network"), []
    part(page, "network", "button").first.focus()
    for _ in range(11):
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"))
        page.keyboard.press("Tab")
    assert reached[:4] == ["Forward: next layer", "Backward: next layer", "Gradient step", "Start again"]
    assert reached[4] == "w₁₁ from input 1 to hidden unit 1: weight 0.8, derivative −1.72, dz₁ times x₁"
    assert reached[5:] == ["nudge −0.1", "nudge +0.1", "input x₁", "input x₂", "target y", "learning rate"]
    weight(page, "w₁₁").focus()
    for key, selected in (("ArrowDown", "w21"), ("ArrowRight", "w12"), ("ArrowUp", "w21"), ("ArrowLeft", "w11"), ("ArrowLeft", "v3")):
        page.keyboard.press(key)
        assert record(page, "network")["selected"] == selected
    assert page.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"
    assert part(page, "network", "[role=radio][aria-checked=true]").count() == part(page, "network", "[role=radio][tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # nudge −0.1
    assert_network(changed(page, "network", before, ["V", "loss"]))
    part(page, "network", "button").filter(has_text="Forward").focus()
    page.keyboard.press("Space")
    assert record(page, "network")["position"] == 1


def done(page, count):
    page.wait_for_function("count => document.querySelectorAll('[data-figure=network] .live-tasks .done').length === count", arg=count)


def test_the_network_ticks_its_tasks(page):
    """The largest derivative tells the nudge that lowers the loss most; saturation lets nothing through; too large a rate climbs."""
    seen = record(page, "network")
    largest = max(range(9), key=lambda i: abs((seen["dW"] + seen["dV"])[i]))
    assert largest == 7  # v₂, whose derivative is positive
    weight(page, "v₁").click()
    press(page, "nudge +0.1")
    assert record(page, "network")["left"] == 3  # a fall, but not the largest
    press(page, "Start again")
    weight(page, "v₂").click()
    press(page, "nudge −0.1")
    done(page, 1)
    for label in ("input x₁", "input x₂"):
        drag_to(page, "network", label, 1.0)
    done(page, 2)
    press(page, "Start again")
    drag_to(page, "network", "learning rate", 0.95)
    climbed = press(page, "Gradient step")
    assert climbed["step"]["after"] > climbed["step"]["before"]
    done(page, 3)
    assert climbed["left"] == 0
    assert part(page, "network", "[role=status]").inner_text().startswith("Done: Find a learning rate")


def test_the_network_says_so_when_it_runs_away(page):
    drag_to(page, "network", "learning rate", 1.0)
    for _ in range(40):
        press(page, "Gradient step")
    assert not record(page, "network")["loss"] < 1e6
    texts = part(page, "network", ".live-row span, .live-weight span").all_inner_texts()
    assert max(map(len, texts)) <= 5


@pytest.mark.parametrize("width", [1280, 390, 360])
def test_boxes_of_the_network_do_not_touch(visit, width):
    """Neither at the start nor where the numbers are longest; and what a box says stays inside it."""
    page = visit(viewport={"width": width, "height": 900})
    for way in ("at the start", "long numbers"):
        if way == "long numbers":
            drag_to(page, "network", "target y", 0.0)
            drag_to(page, "network", "learning rate", 0.85)
            for _ in range(3):
                press(page, "Gradient step")
        boxes = [found.bounding_box() for found in part(page, "network", ".live-unit, .live-weight").all()]
        assert len(boxes) == 7 + 9
        frame = part(page, "network", ".live-net").bounding_box()
        for i, one in enumerate(boxes):
            assert frame["x"] < one["x"] and one["x"] + one["width"] < frame["x"] + frame["width"]
            for other in boxes[:i]:
                aside = max(one["x"] - other["x"] - other["width"], other["x"] - one["x"] - one["width"])
                above = max(one["y"] - other["y"] - other["height"], other["y"] - one["y"] - one["height"])
                assert max(aside, above) >= 2, (way, one, other)
        gaps = page.evaluate("""[...document.querySelectorAll('.live-row')].map((row) => {
            const [name, value] = [...row.children].map((child) => child.getBoundingClientRect());
            return Math.min(value.left - name.right, row.getBoundingClientRect().right - value.right + 3); })""")
        assert min(gaps) >= 2, (way, gaps)


# ------------------------------------------------------------------------------------ the tour
def shortest_length(places):
    """The length of the shortest tour, proven: an integer program, with a cut for every ring that is too short (Dantzig et al. 1954)."""
    i, j = np.triu_indices(len(places), 1)
    D = np.hypot(*(places[i] - places[j]).T)
    city = np.arange(len(places))[:, None]
    cuts = [LinearConstraint((city == i) * 1.0 + (city == j), 2, 2)]  # two edges at every city
    while True:
        found = milp(D, integrality=np.ones(len(D)), bounds=Bounds(0, 1), constraints=cuts, options={"mip_rel_gap": 0})
        assert found.success
        used = found.x > 0.5
        number, label = connected_components(csr_array((np.ones(used.sum()), (i[used], j[used])), shape=(len(places),) * 2), directed=False)
        if number == 1:
            return found.fun
        for ring in range(number):
            inside = label == ring
            cuts.append(LinearConstraint((inside[i] & inside[j]) * 1.0, -np.inf, inside.sum() - 1))


def test_the_shortest_tour_of_the_figure_is_the_shortest():
    square = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0], [0.5, 3]])
    assert shortest_length(square) == pytest.approx(3 + 2 * np.hypot(0.5, 2))
    assert tour.posed().minimum == pytest.approx(shortest_length(tour.cities()), abs=1e-6)


def assert_tour(seen, name):
    """What is shown is what the library's run was, and the tour is as long as is said."""
    ran, t = tour.recorded(name, seen["label"]), int(seen["position"])
    assert seen["best"] == ran["best"][t].tolist()
    places = tour.cities()[seen["best"]]
    assert sorted(seen["best"]) == list(range(len(places)))
    assert seen["least"][t] == pytest.approx(np.hypot(*(places - np.roll(places, 1, 0)).T).sum(), abs=0.006)
    np.testing.assert_allclose(seen["value"], ran["value"], atol=0.006)
    assert (np.diff(seen["least"]) <= 0).all()


def test_what_is_recorded():
    ran = tour.recorded("ACO", "A: trail and closeness")
    assert ran["best"].shape == (61, tour.CITIES)
    assert ran["marks"].shape == (61, 435)
    assert ran["marks"].min() > 0 and ran["marks"].max() <= 1
    assert np.allclose(ran["marks"][0], 2 / 29)  # at first there is as much trail everywhere
    assert not tour.recorded("SA", "A: cooled")["marks"].size
    with pytest.raises(ValueError, match=r"tour shows ACO or .*, not 'Adam'"):
        figures.setup("tour", "Adam")


def test_the_tour_by_mouse_and_keyboard(page):
    before = record(page, "tour")
    assert (before["label"], before["position"], before["left"]) == ("A: trail and closeness", 60, 3)
    assert before["minimum"] == round(tour.posed().minimum, 2)
    assert_tour(before, "ACO")
    part(page, "tour", ".live-note").filter(has_text="A recording: these runs were made by the library").wait_for()
    slider(page, "tour", "generation").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    second = changed(page, "tour", before, ["position", "best"])
    assert second["position"] == 1
    assert_tour(second, "ACO")
    drag_to(page, "tour", "generation", 0.5)
    assert 28 <= changed(page, "tour", second, ["position"])["position"] <= 32
    for label in list(tour.RECORDINGS["ACO"].settings)[1:]:
        part(page, "tour", "select").select_option(label=label)
        page.wait_for_function("label => __nnopt_live.tour.record().label === label", arg=label)
        assert_tour(record(page, "tour"), "ACO")
    assert record(page, "tour")["left"] == 0
    assert part(page, "tour", ".live-tasks .done").count() == 3
    part(page, "tour", ".live-summary").filter(has_text="Setting E: ants improve their tours. After generation 60 of 60").wait_for()


# ------------------------------------------------------------------------------------ the playground
def ended(page, previous=None):
    """The playground's record after all evaluations, of another setting than before."""
    part(page, "playground", ".live-pair").scroll_into_view_if_needed()
    page.wait_for_function(
        """before => { const { position, steps, setting, playing } = __nnopt_live.playground.record();
                       return position === steps && !playing && JSON.stringify(setting) !== before; }""",
        arg=json.dumps(previous and previous["setting"], separators=(",", ":")), timeout=60_000,
    )  # fmt: skip
    return record(page, "playground")


def posed(setting):
    shape = playground.shape(setting)
    return playground.network(shape["width"], shape["depth"], shape["activation"]).problem(*playground.points(shape["data"]))


def moved(run, where):
    """The library's arrays one move after those of the figure."""
    replay = Replay(figures.method(run["method"])(**run["fields"]), where, run["arrays"]["theta"])
    for _ in range(run["t"]):  # any moves: what counts is their number, and then the arrays
        replay.move()
    arrays = replay.state.arrays
    assert arrays.keys() == {*run["arrays"], "ledger", "rng"}
    for name, values in run["arrays"].items():
        arrays[name][:] = np.reshape(np.array(values, arrays[name].dtype), arrays[name].shape)
    arrays["ledger"][VALUE] = run["values"][-1]
    replay.move()
    return {name: arrays[name].ravel().astype(float) for name in run["arrays"]}


def assert_looks(seen):
    """Loss, gradient, and the share of right answers are those of the library's network with the same weights."""
    problem, setting = posed(seen["setting"]), seen["setting"]
    for run, side in zip(seen["runs"], ("left", "right"), strict=True):
        theta = np.array(run["arrays"]["theta"])
        assert theta.shape == (problem.dim,)
        assert (run["method"], run["fields"]) == (setting[side]["method"], {"lr": setting[side]["rate"]})
        assert len(run["values"]) == seen["done"] + 1 == run["t"]
        assert run["values"][-1] == pytest.approx(problem(theta), rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(run["arrays"]["grad"], problem.grad(theta), rtol=1e-9, atol=1e-9)
        assert run["right"] == playground.right(theta, **playground.shape(setting))


def assert_first_steps(page, steps=3):
    """From the first weights of the seed, each step of both is the library's; leaves the figure after them."""
    button, before = part(page, "playground", "button").filter(has_text="Step"), record(page, "playground")
    assert before["position"] == 0
    setting, problem = before["setting"], posed(before["setting"])
    start = playground.first(setting["width"], setting["depth"], setting["activation"], setting["seed"])
    for run in before["runs"]:
        np.testing.assert_allclose(run["arrays"]["theta"], start, rtol=1e-12, atol=1e-15)
        assert run["values"] == before["runs"][0]["values"]
    for step in range(1, steps + 1):
        button.click()
        now = record(page, "playground")
        assert now["position"] == now["done"] == step
        assert_looks(now)
        for was, run in zip(before["runs"], now["runs"], strict=True):
            for name, array in moved(was, problem).items():
                if name != "best":  # of the moves before, too
                    assert difference(np.array(run["arrays"][name], float), array) <= 1e-9, (run["method"], name, step)
        before = now
    return before


def test_the_playground_begins_as_its_picture(page):
    begins, seen = json.loads(figures.setup("playground")), ended(page)
    assert seen["setting"] == begins["begins"]
    assert seen["done"] == seen["steps"] == playground.STEPS
    assert_looks(seen)
    adam = seen["runs"][1]
    assert (adam["right"], adam["method"]) == (1, "Adam")
    values, _ = playground.trained("Adam", begins["begins"]["right"]["rate"], **playground.BEGINS)
    np.testing.assert_allclose(adam["values"][:100], values[:100], rtol=1e-6)  # further on, last digits grow
    part(page, "playground", "button").filter(has_text="Step").click()  # after the last, the first weights again
    assert_first_steps(page)


def test_every_method_of_the_playground_steps_as_the_librarys(page):
    names = list(playground.RATES)
    assert len(names) == 14
    seen = ended(page)
    for left, right in zip(names[::2], names[1::2], strict=True):
        page.evaluate("hash => { location.hash = hash; }", f"playground:data=moons&width=4&depth=2&activation=tanh&left={left}:0.02&right={right}&seed=3")
        seen = ended(page, seen)
        assert [run["method"] for run in seen["runs"]] == [left, right]
        assert [run["fields"]["lr"] for run in seen["runs"]] == [0.02, playground.rate(playground.RATES[right])]
        part(page, "playground", "button").filter(has_text="Step").click()
        assert_first_steps(page)


def test_rates_of_the_playground_serve_their_methods():
    """No power of ten beside the chosen one is clearly better. What is compared are ends of long runs, hence the margin."""
    for name in ("GD", "Adam", "Momentum"):
        near = [playground.score(name, power) for power in playground.POWERS if abs(power - playground.RATES[name]) <= 0.5]
        assert playground.score(name, playground.RATES[name]) <= min(near) + 0.2


@pytest.mark.parametrize("data", playground.DATA)
def test_loss_and_gradient_of_the_playground_are_the_librarys(page, data):
    seen = ended(page)
    for activation, width, depth in (("tanh", 2, 1), ("tanh", 16, 3), ("ReLU", 4, 3), ("ReLU", 8, 1)):
        page.evaluate("hash => { location.hash = hash; }", f"playground:data={data}&width={width}&depth={depth}&activation={activation}&seed=5")
        seen = ended(page, seen)
        assert playground.shape(seen["setting"]) == dict(data=data, width=width, depth=depth, activation=activation)
        assert_looks(seen)


def test_the_playground_by_keyboard(page):
    before, reached = ended(page), []
    part(page, "playground", "button").first.focus()
    for _ in range(12):
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"))
        page.keyboard.press("Tab")
    assert reached == ["New weights", "Step", "Replay", "data", "hidden layers", "width", "activation", "left: optimizer", "left: learning rate",
                       "right: optimizer", "right: learning rate", "Link to this setting"]  # fmt: skip
    part(page, "playground", "button").first.focus()
    page.keyboard.press("Enter")
    after = ended(page, before)
    assert after["setting"] == before["setting"] | {"seed": 2}
    assert after["runs"][0]["values"][0] != before["runs"][0]["values"][0]
    for label, name, value in (("data", "data", "moons"), ("hidden layers", "depth", 3), ("width", "width", 16), ("activation", "activation", "ReLU")):
        page.get_by_role("combobox", name=label, exact=True).focus()
        page.keyboard.press("ArrowDown")
        after = ended(page, after)
        assert after["setting"][name] == value
    page.get_by_role("combobox", name="left: optimizer").select_option(label="Lion")
    after = ended(page, after)
    assert after["setting"]["left"] == {"method": "Lion", "rate": playground.rate(playground.RATES["Lion"])}
    slider(page, "playground", "left: learning rate").focus()
    page.keyboard.press("ArrowLeft")
    slower = ended(page, after)
    assert slower["setting"]["left"]["rate"] < after["setting"]["left"]["rate"]
    assert slower["setting"]["right"] == after["setting"]["right"]
    assert_looks(slower)
    part(page, "playground", ".live-summary").filter(has_text="After 900 of 900 evaluations: left, Lion at rate").wait_for()


def test_a_setting_of_the_playground_is_an_address(visit):
    page = visit()
    before = ended(page)
    assert page.evaluate("location.hash") == ""  # until the reader changes something
    page.get_by_role("combobox", name="data").select_option("circles")
    drag_to(page, "playground", "right: learning rate", 0.4)
    page.get_by_role("combobox", name="left: optimizer").select_option("Nesterov")
    part(page, "playground", "button").filter(has_text="New weights").click()
    told = ended(page, before)
    address = page.evaluate("location.hash")
    assert address.startswith("#playground:data=circles&")
    assert told["address"].endswith(address)
    other = visit(address=address)
    again = ended(other)
    assert again["setting"] == told["setting"]
    assert [run["values"] for run in again["runs"]] == [run["values"] for run in told["runs"]]
    assert [other.get_by_role("combobox", name=name).input_value() for name in ("data", "left: optimizer")] == ["circles", "Nesterov"]
    wrong = visit(address="#playground:data=cubes&width=3&depth=2&left=Adam:-1&right=Eve:0.1&seed=x")
    begins = json.loads(figures.setup("playground"))["begins"]
    assert ended(wrong)["setting"] == begins | {"left": {"method": "Adam", "rate": playground.rate(playground.RATES["Adam"])}}


def test_the_playground_ticks_its_tasks(page):
    seen = ended(page)
    assert seen["left"] == 3
    for setting, left in (("data=circles&width=2&depth=2", 3), ("data=circles&width=4&depth=1", 2), ("left=GD&right=Adam:0.0001", 1),
                          ("data=circles&width=2&depth=3&activation=ReLU&seed=1", 1), ("data=circles&width=2&depth=3&activation=ReLU&seed=3", 0)):  # fmt: skip
        page.evaluate("hash => { location.hash = hash; }", f"playground:{setting}")
        seen = ended(page, seen)
        page.wait_for_function("left => __nnopt_live.playground.record().left === left", arg=left)
    assert [run["same"] for run in seen["runs"]] == [True, True]


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_playground_plays_and_pauses(visit, motion):
    page = visit(reduced_motion=motion)
    assert record(page, "playground")["position"] == 0  # nobody has seen it yet
    picture, play = part(page, "playground", ".live-square canvas").last, part(page, "playground", "button.live-play")
    if motion == "reduce":
        assert not ended(page)["playing"]
        end = picture.screenshot()
        part(page, "playground", "button").filter(has_text="Step").click()
        assert record(page, "playground")["position"] == 0
        assert picture.screenshot() != end
        play.click()  # whoever asks for motion gets it
    else:
        part(page, "playground", ".live-pair").scroll_into_view_if_needed()
    page.wait_for_function("__nnopt_live.playground.record().position > 3")
    assert play.inner_text() == "Pause"
    play.click()
    paused = record(page, "playground")
    assert not paused["playing"]
    assert 3 <= paused["position"] == paused["done"] < paused["steps"]
    page.wait_for_timeout(150)
    assert record(page, "playground")["position"] == paused["position"]
    assert_looks(paused)


def test_the_loader_takes_a_function_for_gradient_methods_alone(page):
    refused = page.evaluate("""async () => {
        const nn = await nnopt.load("gradient"), theta = nn.zeros(6), last = nn.view(theta, [1, 2], 4), said = [];
        last.set([7, 8]);
        for (const wrong of [() => nn.run({ optimizer: "LBFGS", look: () => 0 }), () => nn.view(theta, [3], 4)]) try { wrong(); } catch (error) { said.push(error.message); }
        const run = nn.run({ optimizer: "GD", look: (x, grad) => { grad.set([2 * x[0] - 6, 0]); return (x[0] - 3) ** 2 + 5; }, fields: { lr: 0.25 }, start: [1, 9] });
        for (let t = 0; t < 3; t++) run.move();
        return [...said, [...theta], [...run.arrays.theta], [...run.arrays.best], run.value, run.least];
    }""")  # fmt: skip
    assert refused[:2] == ["LBFGS evaluates more than once a move: it takes a problem, not look", "an array of 6 numbers has no 3 from number 4 on"]
    assert refused[2:] == [[0, 0, 0, 0, 7, 8], [2.5, 9], [2.5, 9], 5.25, 5.25]


# ------------------------------------------------------------------------------------ playback
@pytest.mark.parametrize("figure", PLAYED)
def test_steps_plays_and_pauses(page, figure):
    last = record(page, figure)["position"]
    picture = part(page, figure, ".live-stage canvas").nth(1)
    end = picture.screenshot()
    part(page, figure, "button").filter(has_text="Step").click()
    assert record(page, figure)["position"] == 0
    assert picture.screenshot() != end
    part(page, figure, "button").filter(has_text="Step").click()
    assert record(page, figure)["position"] == 1
    part(page, figure, "button.live-play").click()
    page.wait_for_function(f"__nnopt_live.{figure}.record().position > 3")
    assert part(page, figure, "button.live-play").inner_text() == "Pause"
    part(page, figure, "button.live-play").click()
    paused = record(page, figure)
    assert not paused["playing"]
    assert 3 <= paused["position"] < last
    page.wait_for_timeout(150)
    assert record(page, figure)["position"] == paused["position"]
    if figure == "population":
        part(page, figure, "button").filter(has_text="Restart").click()
        assert record(page, figure)["position"] == 0


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_motion_only_where_it_is_welcome(visit, motion):
    page = visit(reduced_motion=motion)
    for figure in PLAYED:
        part(page, figure, ".live-stage").scroll_into_view_if_needed()
        if motion == "reduce":
            page.wait_for_timeout(300)
            found = record(page, figure)
            assert not found["playing"]
            assert found["position"] == found["steps"]
        else:
            page.wait_for_function(f"__nnopt_live.{figure}.record().playing")
            moved = record(page, figure)["position"]
            page.wait_for_function(f"__nnopt_live.{figure}.record().position > {moved}")


# ------------------------------------------------------------------------------------ everyone
@pytest.mark.parametrize("how", ["no scripts", "no WebAssembly"])
def test_picture_where_the_figure_cannot_run(visit, how):
    if how == "no scripts":
        page = visit(ready=False, java_script_enabled=False)
    else:
        page = visit(ready=False, init="delete window.WebAssembly")
        page.wait_for_timeout(300)
    for figure in NAMES:
        picture = part(page, figure, "img")
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box["width"] > 300
        assert box["height"] > 200
        assert len(picture.get_attribute("alt")) > 80
        assert picture.evaluate("image => image.naturalWidth") == int(picture.get_attribute("width"))
        assert part(page, figure, "canvas").count() == 0


def test_summary_is_spoken_and_says_what_is_shown(page):
    for figure in NAMES:
        summary = part(page, figure, "[aria-live=polite]")
        summary.filter(has_text=re.compile(r"\d")).wait_for()
    drag_to(page, "population", "population size", 0.1)
    count = field(record(page, "population"), "population_size")
    part(page, "population", ".live-summary").filter(has_text=f"the best of {count} points").wait_for()
    race = record(page, "race")
    shown = part(page, "race", ".live-legend b").all_inner_texts()
    assert [float(text) for text in shown] == pytest.approx([run["value"][-1] for run in race["runs"]], rel=0.005)


def test_surface_follows_the_theme(page):
    pixel = "[...document.querySelector('[data-figure=race] canvas').getContext('2d').getImageData(5, 5, 1, 1).data].slice(0, 3)"
    light = page.evaluate(pixel)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"String({pixel}) !== '{','.join(map(str, light))}'")
    assert sum(page.evaluate(pixel)) < sum(light) - 200


def test_dark_without_a_theme_follows_the_system(visit):
    page = visit(color_scheme="dark")
    ink = page.evaluate("getComputedStyle(document.querySelector('.nnopt-live')).getPropertyValue('--live-ink')")
    assert ink.strip() == "#e6ebf0"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_accessible_and_narrow_enough(visit, axe, theme, width):
    page = visit(viewport={"width": width, "height": 900})
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(axe)
    violations = page.evaluate("axe.run(document)")["violations"]
    assert not [(v["id"], [node["target"] for node in v["nodes"]]) for v in violations]


def test_every_control_has_its_name_in_the_accessibility_tree(page):
    """A slider is announced by what it changes, not by the number that stands before it."""
    for figure in NAMES:
        found = part(page, figure, "input[type=range]")
        assert found.count() >= (1 if figure == "tour" else 2)
        for i in range(found.count()):
            name = found.nth(i).get_attribute("aria-label")
            assert page.get_by_role("slider", name=name, exact=True).count() >= 1 or not found.nth(i).is_visible()
