// The swarm: particle swarm optimization on a surface, generation by generation, by the library's own kernels.
"use strict";
(() => {
  const { Stage, Plot, Player, element, number, point, slider, palette, fit, mount, announcer, chooser } = nnopt.live;
  const GENERATIONS = 60, MOST = 60;

  function build(root, nn, content) {
    const k = nn.kernels, lower = nn.zeros(2), upper = nn.zeros(2), b = nn.zeros(2), fb = nn.zeros(1), r1 = nn.zeros(2), r2 = nn.zeros(2);
    const rng = nn.array("uint64", [1]), x = nn.zeros(2), swarms = new Map();
    // The record of the run: everything that a generation starts from.
    const rows = GENERATIONS + 1, record = {
      X: new Float64Array(rows * MOST * 2), V: new Float64Array(rows * MOST * 2), P: new Float64Array(rows * MOST * 2),
      f: new Float64Array(rows * MOST), fP: new Float64Array(rows * MOST), b: new Float64Array(rows * 2), best: new Float64Array(rows),
      rng: new BigUint64Array(rows),
    };
    const curves = [{ values: record.best, color: "orange" }];
    let colors = palette(root);

    const stage = new Stage(nn, "Contour map of the surface with the particles of the swarm, their flight and their best place");
    const plot = new Plot("The swarm's best value against generations, on a logarithmic scale",
      { title: "best value after each generation", decades: [-6, 2], steps: GENERATIONS });
    const summary = announcer();
    const player = new Player(GENERATIONS, 15, 1, draw, conclude);
    const surface = chooser(["rastrigin", "ackley", "himmelblau", "rosenbrock"], "rastrigin", choose);
    const restart = element("button", { type: "button" }, "Restart");
    restart.addEventListener("click", () => { player.touched = true; player.goto(0); });
    const now = element("b"), best = element("b");
    const dot = (style) => element("span", { class: "live-dot", style });
    const legend = element("ul", { class: "live-legend" },
      element("li", {}, "Generation ", now),
      element("li", {}, dot("background: var(--live-blue)"), "particle and its flight"),
      element("li", {}, dot("border: 2px solid var(--live-orange)"), "best place so far, value ", best));
    const sliders = element("div", { class: "live-sliders narrow" });
    const two = (value) => value.toFixed(2);
    const w = slider(sliders, { label: "Inertia w", min: 0, max: 1.1, step: 0.01, value: 0.73, text: two }, changed);
    const c1 = slider(sliders, { label: "Own best c₁", min: 0, max: 3, step: 0.01, value: 1.5, text: two }, changed);
    const c2 = slider(sliders, { label: "Swarm best c₂", min: 0, max: 3, step: 0.01, value: 1.5, text: two }, changed);
    const particles = slider(sliders, { label: "Particles", min: 2, max: MOST, step: 1, value: 24, text: String }, changed);
    const seed = slider(sliders, { label: "Seed", min: 0, max: 40, step: 1, value: 1, text: String }, changed);

    content.append(
      element("div", { class: "live-bar" }, surface.node, element("div", { class: "live-buttons" }, restart, player.next, player.play)),
      stage.node, legend, plot.node, sliders, summary.node);

    // ------------------------------------------------------------ the computation
    function swarm(n) {
      if (!swarms.has(n)) swarms.set(n, { X: nn.zeros(n, 2), V: nn.zeros(n, 2), P: nn.zeros(n, 2), f: nn.zeros(n), fP: nn.zeros(n) });
      return swarms.get(n);
    }

    function compute() {
      const n = particles.value, { X, V, P, f, fP } = swarm(n), [x0, x1, y0, y1] = stage.surface.box;
      lower[0] = x0; lower[1] = y0; upper[0] = x1; upper[1] = y1;
      rng[0] = BigInt(seed.value);
      V.fill(0);
      k.scatter(X, lower, upper, rng);
      for (let t = 0; t <= GENERATIONS; t++) {
        if (t > 0) k.pso_move(X, V, P, b, r1, r2, lower, upper, rng, w.value, c1.value, c2.value);
        for (let i = 0; i < n; i++) {
          x[0] = X[2 * i]; x[1] = X[2 * i + 1];
          f[i] = stage.value(x);
        }
        k.pso_remember(X, f, P, fP, b, fb, t);
        record.X.set(X, t * MOST * 2); record.V.set(V, t * MOST * 2); record.P.set(P, t * MOST * 2);
        record.f.set(f, t * MOST); record.fP.set(fP, t * MOST); record.b.set(b, 2 * t);
        record.best[t] = fb[0]; record.rng[t] = rng[0];
      }
    }

    // ------------------------------------------------------------ the drawing
    function draw(position) {
      const n = particles.value, from = Math.floor(position), to = Math.min(from + 1, GENERATIONS), part = position - from;
      const context = fit(stage.canvas), { X, b, best: bests } = record;
      const at = (t, i) => 2 * (t * MOST + i);
      context.clearRect(0, 0, stage.node.clientWidth, stage.node.clientHeight);
      for (let i = 0; i < n; i++) {
        const old = at(Math.max(part > 0 ? from : from - 1, 0), i), a = at(from, i), c = at(to, i);
        const left = stage.left(X[a] + part * (X[c] - X[a])), top = stage.top(X[a + 1] + part * (X[c + 1] - X[a + 1]));
        context.beginPath();
        context.moveTo(stage.left(X[old]), stage.top(X[old + 1]));
        context.lineTo(left, top);
        context.lineCap = "round";
        context.globalAlpha = 0.45; context.strokeStyle = colors.blue; context.lineWidth = 2; context.stroke();
        context.globalAlpha = 1;
        context.beginPath();
        context.arc(left, top, 5, 0, 7);
        context.fillStyle = colors.blue; context.fill();
        context.strokeStyle = colors.paper; context.lineWidth = 1.5; context.stroke();
      }
      const left = stage.left(b[2 * from]), top = stage.top(b[2 * from + 1]);
      for (const [color, width] of [["paper", 6], ["orange", 3]]) {
        context.beginPath();
        context.arc(left, top, 11, 0, 7);
        context.strokeStyle = colors[color]; context.lineWidth = width; context.stroke();
      }
      plot.draw(curves, from, colors);
      now.textContent = from;
      best.textContent = number(bests[from]);
    }

    function redraw() {
      colors = palette(root);
      stage.drawGround(colors);
      draw(player.position);
    }

    function conclude() {
      const t = Math.floor(player.position);
      summary.say(`Generation ${t} of ${GENERATIONS}: the best of ${particles.value} particles has found the value ${number(record.best[t])} ` +
        `at ${point(record.b[2 * t], record.b[2 * t + 1])}. × marks the least values.`);
    }

    // ------------------------------------------------------------ the reader's hand
    // A change shows the same generation of the run as it would have been; a finished run shows its end.
    function changed() {
      player.touched = true;
      compute();
      player.goto(Math.floor(player.position));
    }

    function choose(name) {
      stage.show(name);
      compute();
      if (stage.node.isConnected) { stage.drawGround(colors); player.touched = true; player.goto(GENERATIONS); }
    }

    choose("rastrigin");
    conclude();
    player.startWhenSeen(root);
    return {
      redraw,
      record: () => {
        const n = particles.value, cut = (array, width) => Array.from({ length: rows }, (_, t) => [...array.subarray(t * MOST * width, t * MOST * width + n * width)]);
        return {
          surface: stage.name, data: [...stage.data], box: stage.surface.box, particles: n, seed: seed.value, w: w.value, c1: c1.value, c2: c2.value,
          generations: GENERATIONS, position: player.position, playing: player.playing,
          X: cut(record.X, 2), V: cut(record.V, 2), P: cut(record.P, 2), f: cut(record.f, 1), fP: cut(record.fP, 1),
          b: [...record.b], best: [...record.best], rng: [...record.rng].map(String),
        };
      },
    };
  }

  mount("swarm", build);
})();
