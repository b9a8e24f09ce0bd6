// Gradient descent in a bowl: the path, and the distance along the flat and the steep direction, each with its own factor a step.
"use strict";
(() => {
  const { Stage, Plot, Player, DASHES, element, number, point, slider, swatch, palette, fit, mount, announcer, starter, tasks } = nnopt.live;
  const LINES = [{ color: "blue", dash: "solid", label: "flat direction" }, { color: "red", dash: "dashed", label: "steep direction" }];

  function build(root, nn, content, { method, steps, start: first, condition, share: begun, surfaces }) {
    const start = [...first];
    let run, away = [], colors = palette(root);

    const stage = new Stage(nn, surfaces, "Contour map of a bowl with the path of gradient descent");
    stage.show("quadratic");
    const plot = new Plot("Distance from the minimum along the flat and the steep direction, against steps, on a logarithmic scale", { title: "distance along each direction", steps });
    plot.decades = [-6, 2];
    const summary = announcer(), player = new Player(steps, 6, 1, draw, conclude);
    const factors = LINES.map(() => element("b")), legend = element("ul", { class: "live-legend" });
    LINES.forEach((line, i) => legend.append(element("li", {}, swatch(line), `${line.label}, times `, factors[i], " a step")));
    const controls = element("div", { class: "live-sliders" });
    const kappa = slider(controls, { label: "condition number", min: 0, max: 2, step: 0.02, value: 0, show: (position) => 10 ** position }, changed);
    const share = slider(controls, { label: "learning rate, in 2/L", min: 0, max: 1.2, step: 0.005, value: 0, text: (value) => value.toFixed(3) }, changed);
    kappa.set(Math.log10(condition), condition);
    share.set(begun, begun);
    const best = element("button", { type: "button" }, "Best rate");
    best.addEventListener("click", () => { const found = kappa.value / (1 + kappa.value); share.set(found, found); changed(); });
    const handle = starter(stage, start, "Start of the descent; arrow keys move it", changed);
    const factor = (curvature) => Math.abs(1 - (share.value * 2 * curvature) / kappa.value);
    const list = tasks([
      { text: "Make it diverge: which direction goes first?", done: () => factor(kappa.value) > 1.0001 },
      { text: "Find the rate at which both directions shrink at the same pace.", done: () => Math.abs(factor(1) - factor(kappa.value)) < 0.01 && kappa.value > 1.5 },
      { text: "Find the rate at which the steep direction is done in one step.", done: () => factor(kappa.value) < 0.01 && kappa.value > 1.5 },
    ]);

    content.append(element("div", { class: "live-bar" }, best, element("div", { class: "live-buttons" }, player.next, player.play)),
      stage.node, legend, plot.node, controls, list.node, summary.node);

    function compute() {
      stage.arrays.quadratic.curvatures.set([1, kappa.value]);
      run = stage.frames(steps + 1, { optimizer: method.name, fields: { lr: (share.value * 2) / kappa.value }, start: [...start] });
      away = [0, 1].map((axis) => Float64Array.from({ length: steps + 1 }, (_, t) => Math.abs(run.arrays.theta[2 * t + axis])));
    }

    function draw(position) {
      const played = Math.floor(position), context = fit(stage.canvas), { theta } = run.arrays;
      context.clearRect(0, 0, stage.node.clientWidth, stage.node.clientHeight);
      const end = stage.path(context, theta, method, played, colors);
      stage.head(context, theta, method, end, colors);
      plot.draw(LINES.map(({ color, dash }, i) => ({ values: away[i], color, dash: DASHES[dash] })), played, colors);
      [1, kappa.value].forEach((curvature, i) => { factors[i].textContent = factor(curvature).toFixed(3); });
      handle.place();
    }

    function redraw() {
      colors = palette(root);
      stage.drawGround(colors);
      draw(player.position);
    }

    function conclude() {
      const t = Math.floor(player.position), [flat, steep] = [factor(1), factor(kappa.value)];
      const how = steep > 1 ? "It diverges: the rate is above 2/L." : flat > steep ? "The flat direction sets the pace." : "The steep direction sets the pace.";
      summary.say(`From ${point(...start)}, after ${t} steps: ${number(away[0][t])} away along the flat direction, ${number(away[1][t])} along the steep one. ${how}`);
    }

    function changed() {
      player.touched = true;
      compute();
      if (stage.node.isConnected) stage.drawGround(colors);
      player.goto(steps);
      list.check();
    }

    handle.moveTo(start);
    compute();
    conclude();
    player.startWhenSeen(root);
    return {
      redraw,
      record: () => ({
        surface: "quadratic", start: [...start], steps, condition: kappa.value, share: share.value, left: list.left(), position: player.position,
        playing: player.playing, way: [...run.arrays.theta],
      }),
    };
  }

  mount("bowl", build);
})();
