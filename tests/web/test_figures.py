"""The live figures under a reader's hand: each change shows, and what is shown is what Numba computes for it."""

import re
import shutil

import numpy as np
import pytest
from web.runtimes import LIVE, difference

from nnopt.gradient.adam import adam
from nnopt.gradient.gd import gd
from nnopt.metaheuristics.pso import pso_move, pso_remember
from nnopt.problems import multimodal, smooth
from nnopt.random import scatter
from nnopt.web import pictures

TOLERANCE = 1e-12
README = (LIVE.parents[1] / "README.md").read_text(encoding="utf8")
FIGURES = ("race", "swarm")
VALUES = {
    "quadratic": smooth.quadratic_value, "rosenbrock": smooth.rosenbrock_value, "himmelblau": multimodal.himmelblau_value,
    "rastrigin": multimodal.rastrigin_value, "ackley": multimodal.ackley_value,
}  # fmt: skip
GRADIENTS = {
    "quadratic": smooth.quadratic_gradient, "rosenbrock": smooth.rosenbrock_gradient,
    "himmelblau": multimodal.himmelblau_gradient, "rastrigin": multimodal.rastrigin_gradient,
}  # fmt: skip


# ------------------------------------------------------------------------------------ pages
@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site on the disk whose page holds both figures, each as the README of nnopt.web says."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(LIVE, folder / "live")
    snippets = re.findall(r"```html\n(.*?)```", README, re.DOTALL)
    assert len(snippets) == len(FIGURES)
    scripts = dict.fromkeys(re.findall(r"<script.*?</script>", "".join(snippets)))  # each once
    bodies = [re.sub(r"<script.*?</script>\n", "", snippet) for snippet in snippets]
    page = folder / "book" / "gradient" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Live figures</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>body { margin: 0 auto; padding: 1rem; max-width: 46rem; font-family: sans-serif; background: #fff; }"
        'html[data-theme="dark"] body { background: #121212; color: #ddd; }</style></head>'
        f"<body><main><h1>Live figures</h1>{''.join(bodies)}</main>{''.join(scripts)}</body></html>",
        encoding="utf8",
    )
    return page


@pytest.fixture
def visit(browser, site):
    """visit(**context options) opens the page and returns it; at the end, no request has left and no script has failed."""
    contexts, requests, errors = [], [], []

    def go(ready=True, init=None, **options):
        options = {"viewport": {"width": 1280, "height": 1000}, "reduced_motion": "reduce", **options}
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        if init:
            page.add_init_script(init)
        page.goto(site.as_uri())
        if ready:
            page.wait_for_function("window.__nnopt_live && __nnopt_live.race && __nnopt_live.swarm")
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
    return part(page, figure, "label.live-slider").filter(has_text=label).locator("input")


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
def assert_close(found, expected, what):
    assert difference(np.array(found, float), np.array(expected, float)) <= TOLERANCE, what


def value(race, x):
    kernel = VALUES[race["surface"]]
    return kernel(x, np.array(race["data"])) if race["surface"] == "quadratic" else kernel(x)


def gradient(race, x):
    grad = np.zeros(2)
    if race["surface"] == "quadratic":
        GRADIENTS["quadratic"](x, np.array(race["data"]), grad)
    else:
        GRADIENTS[race["surface"]](x, grad)
    return grad


def assert_race(race):
    """Every step of both runs follows from the one before as Numba computes it: no error of a last digit can grow."""
    steps = race["steps"]
    gd_path, adam_path = (np.array(race[name]["path"]).reshape(steps + 1, 2) for name in ("gd", "adam"))
    m, v = (np.array(race["adam"][name]).reshape(steps + 1, 2) for name in ("m", "v"))
    assert (gd_path[0] == race["start"]).all()
    assert (adam_path[0] == race["start"]).all()
    assert not m[0].any()
    assert not v[0].any()
    for t in range(1, steps + 1):
        theta = gd_path[t - 1].copy()
        gd(theta, gradient(race, theta), race["lr"]["gd"])
        assert_close(gd_path[t], theta, f"gradient descent, step {t}")
        theta, m_t, v_t = adam_path[t - 1].copy(), m[t - 1].copy(), v[t - 1].copy()
        grad = gradient(race, theta)
        adam(theta, grad, m_t, v_t, t, race["lr"]["adam"], race["beta1"], race["beta2"], race["eps"])
        assert_close([adam_path[t], m[t], v[t]], [theta, m_t, v_t], f"Adam, step {t}")
    for name, path in (("gd", gd_path), ("adam", adam_path)):
        assert_close(race[name]["values"], [value(race, theta) for theta in path.copy()], f"values of {name}")


def assert_swarm(swarm):
    """Every generation follows from the one before as Numba computes it."""
    n, (x0, x1, y0, y1) = swarm["particles"], swarm["box"]
    lower, upper, rng = np.array([x0, y0], float), np.array([x1, y1], float), np.array([swarm["seed"]], np.uint64)
    X, V, P = (np.array(swarm[name]).reshape(-1, n, 2) for name in ("X", "V", "P"))
    f, fP, b, best = (np.array(swarm[name]) for name in ("f", "fP", "b", "best"))
    assert len(X) == swarm["generations"] + 1
    b = b.reshape(-1, 2)
    X_t, V_t, P_t, fP_t, b_t, fb_t = (np.zeros(shape) for shape in ((n, 2), (n, 2), (n, 2), n, 2, 1))
    scatter(X_t, lower, upper, rng)
    for t in range(len(X)):
        if t > 0:
            X_t, V_t, P_t, fP_t, b_t = (array[t - 1].copy() for array in (X, V, P, fP, b))
            fb_t, r1, r2 = best[t - 1 : t].copy(), np.zeros(2), np.zeros(2)
            pso_move(X_t, V_t, P_t, b_t, r1, r2, lower, upper, rng, swarm["w"], swarm["c1"], swarm["c2"])
        assert_close([X[t], V[t]], [X_t, V_t], f"flight, generation {t}")
        assert int(swarm["rng"][t]) == int(rng[0])
        assert_close(f[t], [VALUES[swarm["surface"]](x.copy()) for x in X[t]], f"values, generation {t}")
        pso_remember(X[t].copy(), f[t].copy(), P_t, fP_t, b_t, fb_t, t)
        assert_close(P[t], P_t, f"own best places, generation {t}")
        assert_close(fP[t], fP_t, f"own best values, generation {t}")
        assert_close([*b[t], best[t]], [*b_t, *fb_t], f"best of the swarm, generation {t}")


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


def changed_race(page, before, *names):
    """The race now, after asserting that these, and with them the runs, have changed, and that Numba agrees."""
    race = changed(page, "race", before, names)
    assert any(race[method]["path"] != before[method]["path"] for method in ("gd", "adam"))
    assert_race(race)
    return race


def changed_swarm(page, before, *names):
    """The swarm, likewise."""
    swarm = changed(page, "swarm", before, names)
    assert swarm["X"] != before["X"]
    assert_swarm(swarm)
    return swarm


# ------------------------------------------------------------------------------------ the race
def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_race_begins_as_its_picture(page):
    race = record(page, "race")
    assert race["surface"] == "rosenbrock"
    assert race["start"] == list(pictures.RACE["start"])
    assert race["lr"] == pytest.approx(pictures.RACE["lr"])
    assert (race["beta1"], race["steps"]) == (pictures.RACE["beta1"], pictures.RACE["steps"])
    assert_race(race)


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
    for label in ("GD learning rate", "Adam learning rate"):
        drag_to(page, "race", label, 0.4)
        clicked = changed_race(page, clicked, "lr")
    drag_to(page, "race", "Adam β₁", 0.5)
    changed_race(page, clicked, "beta1")


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
    slower = changed_race(page, moved, "lr")
    assert slower["lr"]["adam"] == pytest.approx(10**-0.6)
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
    race = changed_race(page, before, "lr")
    assert not np.isfinite(race["gd"]["values"][-1])
    part(page, "race", ".live-summary").filter(has_text="gradient descent has run away").wait_for()


# ------------------------------------------------------------------------------------ the swarm
def test_swarm_begins_as_its_picture(page):
    swarm = record(page, "swarm")
    assert swarm["surface"] == "rastrigin"
    assert {name: swarm[name] for name in pictures.SWARM} == pictures.SWARM
    assert swarm["box"] == [end for ends in pictures.SWARM_BOX for end in ends]
    assert_swarm(swarm)


def test_swarm_by_mouse(page):
    for label, name in (("Inertia w", "w"), ("Own best c₁", "c1"), ("Swarm best c₂", "c2"), ("Particles", "particles"), ("Seed", "seed")):
        before = record(page, "swarm")
        drag_to(page, "swarm", label, 0.35)
        changed_swarm(page, before, name)


def test_swarm_by_keyboard(page):
    before = record(page, "swarm")
    slider(page, "swarm", "Particles").focus()
    page.keyboard.press("ArrowRight")
    more = changed_swarm(page, before, "particles")
    assert more["particles"] == before["particles"] + 1
    slider(page, "swarm", "Seed").focus()
    page.keyboard.press("End")
    other = changed_swarm(page, more, "seed")
    part(page, "swarm", "select").focus()
    page.keyboard.press("ArrowDown")
    changed_swarm(page, other, "surface")


def test_swarm_on_every_surface(page):
    swarm = record(page, "swarm")
    for surface in ("ackley", "himmelblau", "rosenbrock", "rastrigin"):
        part(page, "swarm", "select").select_option(surface)
        swarm = changed_swarm(page, swarm, "surface")
        assert swarm["surface"] == surface


# ------------------------------------------------------------------------------------ playback
@pytest.mark.parametrize("figure", FIGURES)
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
    if figure == "swarm":
        part(page, figure, "button").filter(has_text="Restart").click()
        assert record(page, figure)["position"] == 0


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_motion_only_where_it_is_welcome(visit, motion):
    page = visit(reduced_motion=motion)
    for figure in FIGURES:
        part(page, figure, ".live-stage").scroll_into_view_if_needed()
        if motion == "reduce":
            page.wait_for_timeout(300)
            found = record(page, figure)
            assert not found["playing"]
            assert found["position"] == found.get("steps", found.get("generations"))
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
    for figure in FIGURES:
        picture = part(page, figure, "img")
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box["width"] > 300
        assert box["height"] > 200
        assert len(picture.get_attribute("alt")) > 80
        assert picture.evaluate("image => image.naturalWidth") == int(picture.get_attribute("width"))
        assert part(page, figure, "canvas").count() == 0


def test_summary_is_spoken_and_says_what_is_shown(page):
    for figure in FIGURES:
        summary = part(page, figure, "[aria-live=polite]")
        summary.filter(has_text=re.compile(r"\d")).wait_for()
    drag_to(page, "swarm", "Particles", 0.1)
    count = record(page, "swarm")["particles"]
    part(page, "swarm", ".live-summary").filter(has_text=f"the best of {count} particles").wait_for()
    race = record(page, "race")
    shown = part(page, "race", ".live-legend b").all_inner_texts()
    assert [float(text) for text in shown] == pytest.approx([race["gd"]["values"][-1], race["adam"]["values"][-1]], rel=0.005)


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
