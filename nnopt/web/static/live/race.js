// The race: gradient descent and Adam from the same start, step by step, by the library's own kernels.
"use strict";
(() => {
  const { Stage, Plot, Player, element, number, point, slider, palette, fit, mount, announcer, chooser, clamp } = nnopt.live;
  const STEPS = 300, BETA2 = 0.999, EPS = 1e-8;

  // Where each surface's race starts, and fair learning rates for both, as powers of ten; and the range of the plot.
  const COURSES = {
    rosenbrock: { start: [-1.2, 1.0], gd: -2.8, adam: -0.4, decades: [-4, 3] },
    quadratic: { start: [-4.2, 2.2], gd: -1.2, adam: -0.6, decades: [-10, 3] },
    himmelblau: { start: [0, -3], gd: -2.2, adam: -0.6, decades: [-10, 3] },
    rastrigin: { start: [-3.4, 2.4], gd: -2.7, adam: -0.4, decades: [-2, 2] },
  };

  function build(root, nn, content) {
    const k = nn.kernels, theta = nn.zeros(2), grad = nn.zeros(2), m = nn.zeros(2), v = nn.zeros(2);
    // The record of both runs: positions after each step, values there, and Adam's averages.
    const record = () => ({ path: new Float64Array(2 * (STEPS + 1)), values: new Float64Array(STEPS + 1) });
    const runs = { gd: record(), adam: { ...record(), m: new Float64Array(2 * (STEPS + 1)), v: new Float64Array(2 * (STEPS + 1)) } };
    const curves = [{ values: runs.gd.values, color: "orange", dash: [6, 4] }, { values: runs.adam.values, color: "blue" }];
    const start = [0, 0];
    let colors = palette(root);

    const stage = new Stage(nn, "Contour map of the surface with the paths of gradient descent and Adam");
    const plot = new Plot("Value against steps, on a logarithmic scale, for gradient descent and Adam",
      { title: "value f after each step", decades: [-4, 3], steps: STEPS });
    const summary = announcer();
    const player = new Player(STEPS, 6, 2, draw, conclude);
    const surface = chooser(Object.keys(COURSES), "rosenbrock", choose);
    const handle = element("div", { class: "live-handle", role: "slider", tabindex: "0", "aria-label": "Start of the race; arrow keys move it" });
    stage.node.append(handle);

    const values = { gd: element("b"), adam: element("b") };
    const legend = element("ul", { class: "live-legend" },
      element("li", {}, element("span", { class: "live-swatch dashed", style: "border-color: var(--live-orange)" }), "Gradient descent (GD) ", values.gd),
      element("li", {}, element("span", { class: "live-swatch", style: "border-color: var(--live-blue)" }), "Adam ", values.adam));
    const sliders = element("div", { class: "live-sliders" });
    const power = { show: (position) => 10 ** position };
    const rates = {
      gd: slider(sliders, { label: "GD learning rate", min: -4, max: 0, step: 0.02, value: -2.7, ...power }, changed),
      adam: slider(sliders, { label: "Adam learning rate", min: -3, max: 0.5, step: 0.02, value: -1, ...power }, changed),
    };
    const beta1 = slider(sliders, { label: "Adam β₁", min: 0, max: 0.99, step: 0.01, value: 0.9 }, changed);

    content.append(
      element("div", { class: "live-bar" }, surface.node, element("div", { class: "live-buttons" }, player.next, player.play)),
      stage.node, legend, plot.node, sliders, summary.node);

    // ------------------------------------------------------------ the computation
    function run(method) {
      const { path, values, m: ms, v: vs } = runs[method], lr = rates[method].value, b1 = beta1.value;
      theta.set(start); m.fill(0); v.fill(0);
      for (let t = 0; t <= STEPS; t++) {
        if (t > 0) {
          stage.gradient(theta, grad);
          if (method === "gd") k.gd(theta, grad, lr);
          else k.adam(theta, grad, m, v, t, lr, b1, BETA2, EPS);
        }
        path[2 * t] = theta[0]; path[2 * t + 1] = theta[1];
        values[t] = stage.value(theta);
        if (ms) { ms[2 * t] = m[0]; ms[2 * t + 1] = m[1]; vs[2 * t] = v[0]; vs[2 * t + 1] = v[1]; }
      }
    }

    function compute() { run("gd"); run("adam"); }

    // ------------------------------------------------------------ the drawing
    function drawPath(context, { path }, { color, dash = [] }, played) {
      const { clientWidth: width, clientHeight: height } = stage.node;
      const outside = (left, top) => !(Math.abs(left - width / 2) < 4 * width && Math.abs(top - height / 2) < 4 * height);
      let end = 0;
      context.beginPath();
      for (let t = 0; t <= played; t++, end = t - 1) {
        const left = stage.left(path[2 * t]), top = stage.top(path[2 * t + 1]);
        if (t === 0) context.moveTo(left, top); else context.lineTo(clamp(left, -9 * width, 9 * width), clamp(top, -9 * height, 9 * height));
        if (outside(left, top)) break;   // it has run away
      }
      context.lineJoin = "round";
      context.setLineDash([]);
      context.strokeStyle = colors.paper; context.globalAlpha = 0.75; context.lineWidth = 5; context.stroke();
      context.setLineDash(dash);
      context.strokeStyle = colors[color]; context.globalAlpha = 1; context.lineWidth = 2; context.stroke();
      context.setLineDash([]);
      context.fillStyle = colors[color];
      for (let t = 1; t <= end; t++) {   // a bead a step: where they crowd, the method is slow
        context.beginPath();
        context.arc(stage.left(path[2 * t]), stage.top(path[2 * t + 1]), 2.3, 0, 7);
        context.fill();
      }
      return end;
    }

    function drawHead(context, { path }, { color }, end) {
      context.beginPath();
      context.arc(stage.left(path[2 * end]), stage.top(path[2 * end + 1]), 7, 0, 7);
      context.fillStyle = colors[color]; context.fill();
      context.strokeStyle = colors.paper; context.lineWidth = 2; context.stroke();
    }

    function draw(position) {
      const played = Math.floor(position), context = fit(stage.canvas);
      context.clearRect(0, 0, stage.node.clientWidth, stage.node.clientHeight);
      const gdEnd = drawPath(context, runs.gd, curves[0], played), adamEnd = drawPath(context, runs.adam, curves[1], played);
      drawHead(context, runs.adam, curves[1], adamEnd);
      drawHead(context, runs.gd, curves[0], gdEnd);
      plot.draw(curves, played, colors);
      for (const method of ["gd", "adam"]) values[method].textContent = number(runs[method].values[played]);
      handle.style.left = `${stage.left(start[0])}px`;
      handle.style.top = `${stage.top(start[1])}px`;
    }

    function redraw() {
      colors = palette(root);
      stage.drawGround(colors);
      draw(player.position);
    }

    function conclude() {
      const t = Math.floor(player.position);
      const result = (name, { values }) => (values[t] < 1e12 ? `${name} has reached ${number(values[t])}` : `${name} has run away: its learning rate is too large here`);
      summary.say(`From ${point(...start)}, after ${t} steps: ${result("gradient descent", runs.gd)}; ${result("Adam", runs.adam)}. ` +
        "Drag the ring, or move it with the arrow keys; × marks the least values.");
    }

    // ------------------------------------------------------------ the reader's hand
    function changed() {
      player.touched = true;
      compute();
      player.goto(STEPS);
    }

    function moveTo([x, y]) {
      const [x0, x1, y0, y1] = stage.surface.box;
      start[0] = clamp(x, x0, x1); start[1] = clamp(y, y0, y1);
      handle.setAttribute("aria-valuemin", x0); handle.setAttribute("aria-valuemax", x1);
      handle.setAttribute("aria-valuenow", start[0].toFixed(2));
      handle.setAttribute("aria-valuetext", point(...start));
    }

    function choose(name) {
      const course = COURSES[name];
      stage.show(name);
      plot.decades = course.decades;
      moveTo(course.start);
      rates.gd.set(course.gd); rates.adam.set(course.adam); beta1.set(0.9);
      compute();
      if (stage.node.isConnected) { stage.drawGround(colors); player.touched = true; player.goto(STEPS); }
    }

    const under = (event) => {
      const frame = stage.node.getBoundingClientRect();
      return stage.at(event.clientX - frame.left - stage.node.clientLeft, event.clientY - frame.top - stage.node.clientTop);
    };
    handle.addEventListener("pointerdown", (event) => { handle.setPointerCapture(event.pointerId); handle.focus({ preventScroll: true }); event.preventDefault(); });
    handle.addEventListener("pointermove", (event) => { if (handle.hasPointerCapture(event.pointerId)) { moveTo(under(event)); changed(); } });
    stage.node.addEventListener("click", (event) => { if (event.target !== handle) { moveTo(under(event)); changed(); } });
    handle.addEventListener("keydown", (event) => {
      const [x0, x1, y0, y1] = stage.surface.box, pace = event.shiftKey ? 0.05 : 0.01;
      const [right, up] = { ArrowLeft: [-pace, 0], ArrowRight: [pace, 0], ArrowUp: [0, pace], ArrowDown: [0, -pace] }[event.key] || [0, 0];
      if (!right && !up) return;
      event.preventDefault();
      moveTo([start[0] + right * (x1 - x0), start[1] + up * (y1 - y0)]);
      changed();
    });

    choose("rosenbrock");
    conclude();
    player.startWhenSeen(root);
    return {
      redraw,
      record: () => ({
        surface: stage.name, data: [...stage.data], start: [...start], lr: { gd: rates.gd.value, adam: rates.adam.value },
        beta1: beta1.value, beta2: BETA2, eps: EPS, steps: STEPS, position: player.position, playing: player.playing,
        gd: { path: [...runs.gd.path], values: [...runs.gd.values] },
        adam: { path: [...runs.adam.path], values: [...runs.adam.values], m: [...runs.adam.m], v: [...runs.adam.v] },
      }),
    };
  }

  mount("race", build);
})();
