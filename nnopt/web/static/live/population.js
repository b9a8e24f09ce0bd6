// Points over a surface, generation by generation, of any method that asks for points or walks, by the very moves of Python's loop.
"use strict";
(() => {
  const { Stage, Plot, Player, element, flat, folded, number, point, slider, sliders, palette, fit, mount, announcer, chooser } = nnopt.live;

  function build(root, nn, content, { method, fields: given, seed: first, steps, places, surfaces }) {
    const known = nn.optimizers[method.name], points = known.family === "walk" ? "x" : "X";
    let run, count, colors = palette(root);

    const stage = new Stage(nn, surfaces, `Contour map of the surface with the points of ${method.label}, their last move and their best place`);
    const plot = new Plot("The best value so far against generations, on a logarithmic scale", { title: "best value after each generation", steps });
    const summary = announcer();
    const player = new Player(steps, 15, 1, draw, conclude);
    const surface = chooser(surfaces, choose);
    const restart = element("button", { type: "button" }, "Restart");
    restart.addEventListener("click", () => { player.touched = true; player.goto(0); });
    const now = element("b"), best = element("b");
    const dot = (style) => element("span", { class: "live-dot", style });
    const legend = element("ul", { class: "live-legend" },
      element("li", {}, "Generation ", now),
      element("li", {}, dot("background: var(--live-blue)"), "point and its last move"),
      element("li", {}, dot("border: 2px solid var(--live-red)"), "best place so far, value ", best));
    const begun = known.fields.map((field) => ({ ...field, value: given[field.name] ?? field.value }));
    const control = sliders(begun, { open: 5 }, changed);
    const seed = slider(control.seen, { label: "seed", min: 0, max: 40, step: 1, value: first, text: String }, changed);
    const buttons = Object.entries(places).map(([name, fields]) => {
      const button = element("button", { type: "button" }, name);
      button.addEventListener("click", () => { for (const [field, value] of Object.entries(fields)) control.controls[field].put(value); changed(); });
      return button;
    });
    const more = control.more.childElementCount ? [folded("More hyperparameters", control.more)] : [];

    content.append(
      element("div", { class: "live-bar" }, surface.node, element("div", { class: "live-buttons" }, restart, player.next, player.play)),
      stage.node, legend, plot.node, ...(buttons.length ? [element("div", { class: "live-bar" }, element("div", { class: "live-buttons" }, ...buttons))] : []),
      control.seen, ...more, summary.node);

    function compute() {
      const fields = control.values(), budget = fields.chain ? fields.chain * (steps + 1) : Infinity;   // annealing cools with its share
      run = stage.frames(steps + 1, { optimizer: method.name, fields, box: stage.surface.box, seed: seed.value, budget });
      count = run.arrays[points].length / (steps + 1) / 2;
    }

    // ------------------------------------------------------------ the drawing
    function draw(position) {
      const from = Math.floor(position), to = Math.min(from + 1, steps), part = position - from;
      const context = fit(stage.canvas), X = run.arrays[points], b = run.arrays.best;
      const at = (t, i) => 2 * (t * count + i);
      context.clearRect(0, 0, stage.node.clientWidth, stage.node.clientHeight);
      for (let i = 0; i < count; i++) {
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
      for (const [color, width] of [["paper", 6], ["red", 3]]) {
        context.beginPath();
        context.arc(left, top, 11, 0, 7);
        context.strokeStyle = colors[color]; context.lineWidth = width; context.stroke();
      }
      plot.draw([{ values: run.least, color: "red" }], from, colors);
      now.textContent = from;
      best.textContent = number(run.least[from]);
    }

    function redraw() {
      colors = palette(root);
      stage.drawGround(colors);
      draw(player.position);
    }

    function conclude() {
      const t = Math.floor(player.position), many = count === 1 ? "the point" : `the best of ${count} points`;
      summary.say(`Generation ${t} of ${steps}: ${many} has found the value ${number(run.least[t])} ` +
        `at ${point(run.arrays.best[2 * t], run.arrays.best[2 * t + 1])}. × marks the least values.`);
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
      plot.decades = stage.surface.decades;
      compute();
      if (stage.node.isConnected) { stage.drawGround(colors); player.touched = true; player.goto(steps); }
    }

    choose(Object.keys(surfaces)[0]);
    conclude();
    player.startWhenSeen(root);
    return {
      redraw,
      record: () => ({
        surface: stage.name, steps, seed: seed.value, position: player.position, playing: player.playing,
        runs: [{ options: run.options, value: [...run.value], least: [...run.least],
          arrays: Object.fromEntries(Object.entries(run.arrays).map(([name, array]) => [name, flat(array)])) }],
      }),
    };
  }

  mount("population", build);
})();
