// Steps from a few rows of a sum: a mean of bowls, whose rows are drawn by the library's own kernels, pass by pass.
"use strict";
(() => {
  const { Stage, Plot, Player, DASHES, element, number, slider, swatch, palette, fit, mount, announcer } = nnopt.live;

  function build(root, nn, content, { method, runs: lines, steps, seed: first, lr: rate, surfaces }) {
    const [name] = Object.keys(surfaces), { start, rows, least, decades } = surfaces[name], draws = method.name === "SGD";
    const order = nn.array("int64", [rows]), rng = nn.array("uint64", [1]), theta = nn.zeros(2), grad = nn.zeros(2);
    const batches = new Map();   // size -> the array that holds the rows of a batch
    const batch = (size) => { if (!batches.has(size)) batches.set(size, nn.array("int64", [size])); return batches.get(size); };
    let runs = [], colors = palette(root);

    const stage = new Stage(nn, surfaces, "Contour map of the mean of all bowls, with the paths of steps from a few of them");
    stage.show(name);
    const { C, curvatures } = stage.arrays[name];
    const plot = new Plot("How far above the least value each run is, against steps, on a logarithmic scale", { title: "value above the least, after each step", steps });
    plot.decades = decades;
    const summary = announcer(), player = new Player(steps, 6, 1, draw, conclude);
    const values = lines.map(() => element("b")), sizes = lines.map(() => element("span"));
    const legend = element("ul", { class: "live-legend" });
    lines.forEach((line, i) => legend.append(element("li", {}, swatch(line), sizes[i], values[i])));
    const controls = element("div", { class: "live-sliders" });
    const lr = slider(controls, { label: "learning rate", min: -3, max: 0.2, step: 0.02, value: Math.log10(rate), show: (position) => 10 ** position }, changed);
    const chosen = draws ? [] : lines.map(({ batch: size }, i) => slider(controls, { label: `rows a step, run ${i + 1}`, min: 1, max: rows, step: 1, value: size, text: String }, changed));
    const again = draws ? null : slider(controls, { label: "rows put back", min: 0, max: 1, step: 1, value: 0, text: (on) => (on ? "yes" : "no") }, changed);
    const falls = slider(controls, { label: "rate falls as 1/t", min: 0, max: 1, step: 1, value: 0, text: (on) => (on ? "yes" : "no") }, changed);
    const seed = slider(controls, { label: "seed", min: 0, max: 40, step: 1, value: first, text: String }, changed);

    content.append(element("div", { class: "live-bar" }, element("div", { class: "live-buttons" }, player.next, player.play)),
      stage.node, legend, plot.node, controls, summary.node);

    // ------------------------------------------------------------ the computation
    function run(size) {
      const way = new Float64Array(2 * (steps + 1)), value = new Float64Array(steps + 1), put = size < rows && (draws || again.value) ? 1 : 0;
      theta.set(start);
      rng[0] = BigInt(seed.value);
      for (let t = 0, place = rows; t <= steps; t++) {
        way.set(theta, 2 * t);
        value[t] = Math.max(stage.value(theta) - least, 1e-300);
        if (place >= rows) { nn.kernels.shuffle_rows(order, rng, put); place = 0; }
        const looked = batch(Math.min(size, rows - place));
        for (let i = 0; i < looked.length; i++) looked[i] = order[place + i];
        nn.kernels.cloud_gradient(theta, grad, looked, C, curvatures);
        nn.kernels.gd(theta, grad, falls.value ? lr.value / (1 + (lr.value * t) / 2) : lr.value);
        place += size;
      }
      return { size, way, value };
    }

    function compute() { runs = lines.map(({ batch: size }, i) => run(draws ? size : chosen[i].value)); }

    // ------------------------------------------------------------ the drawing
    function draw(position) {
      const played = Math.floor(position), context = fit(stage.canvas);
      context.clearRect(0, 0, stage.node.clientWidth, stage.node.clientHeight);
      const ends = lines.map((line, i) => stage.path(context, runs[i].way, line, played, colors));
      lines.forEach((line, i) => stage.head(context, runs[i].way, line, ends[i], colors));
      plot.draw(lines.map(({ color, dash }, i) => ({ values: runs[i].value, color, dash: DASHES[dash] })), played, colors);
      runs.forEach(({ size, value }, i) => { sizes[i].textContent = `${size} of ${rows} rows a step `; values[i].textContent = number(value[played]); });
    }

    function redraw() {
      colors = palette(root);
      stage.drawGround(colors);
      draw(player.position);
    }

    function conclude() {
      const t = Math.floor(player.position);
      const said = runs.map(({ size, value }) => (value[t] < 1e12 ? `with ${size} of ${rows} rows a step, ${number(value[t])} above the least value` : `with ${size}, it has run away`));
      summary.say(`After ${t} steps: ${said.join("; ")}. × marks the minimum of the mean.`);
    }

    function changed() {
      player.touched = true;
      compute();
      player.goto(steps);
    }

    compute();
    conclude();
    player.startWhenSeen(root);
    return {
      redraw,
      record: () => ({
        surface: name, steps, seed: seed.value, lr: lr.value, falls: falls.value, again: draws ? 1 : again.value, position: player.position, playing: player.playing,
        runs: runs.map(({ size, way, value }) => ({ size, way: [...way], value: [...value] })),
      }),
    };
  }

  mount("rows", build);
})();
