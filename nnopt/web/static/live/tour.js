// A tour that becomes shorter, with what the method writes on edges: recorded runs of the library, played back.
"use strict";
(() => {
  const { Stage, Plot, Player, element, number, slider, swatch, palette, fit, mount, announcer, chooser, tasks, spelled } = nnopt.live;
  const unpacked = (text) => Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
  const SOFAR = { color: "red", dash: "solid" }, NOW = { color: "blue", dash: "dashed" };

  function build(root, nn, content, { method, step, steps, marked, box, seed, cities, minimum, runs: told, tasks: asked }) {
    const count = cities.length, pairs = (count * (count - 1)) / 2, generation = step === "generation";
    const above = (lengths) => Float64Array.from(lengths, (length) => Math.max(100 * (length / minimum - 1), 0));
    const runs = told.map((run) => ({ ...run, best: unpacked(run.best), now: unpacked(run.now), marks: unpacked(run.marks), gap: above(run.least), gaps: above(run.value) }));
    const watched = runs.map(() => -1);   // the last step of each run that the reader came to rest at
    let run = runs[0], colors = palette(root);

    const stage = new Stage(nn, {}, `Map of ${count} cities with the shortest tour that ${method.label} has found so far` + (marked ? ` and the ${marked} on the edges between them` : ""));
    Object.assign(stage, { x0: 0, x1: box[0], y0: 0, y1: box[1] });
    const plot = new Plot(`How much longer than the shortest tour the best so far is, and the ${generation ? "best of each generation" : "tour after each chain"}, in per cent, against ${step}s`,
      { title: `% above the shortest tour, after each ${step}`, steps, most: 100 });
    const summary = announcer(), player = new Player(steps, 15, 1, draw, conclude);
    const setting = chooser(Object.fromEntries(runs.map(({ label }, i) => [i, { label }])), choose, "Setting");
    const best = element("b"), now = element("b");
    const legend = element("ul", { class: "live-legend" },
      element("li", {}, swatch(SOFAR), "best tour so far, ", best),
      element("li", {}, swatch(NOW), generation ? "best of this generation, " : "tour of now, ", now),
      ...(marked ? [element("li", {}, element("span", { class: "live-band" }), `the more ${marked}, the broader`)] : []));
    const controls = element("div", { class: "live-sliders" });
    const scrub = slider(controls, { label: step, min: 0, max: steps, step: 1, value: steps, text: String }, () => { player.touched = true; player.goto(scrub.value); });
    const recorded = element("p", { class: "live-note" }), list = tasks(asked.map(({ text, runs: which, after }) => ({ text, done: () => which.every((i) => watched[i] >= after) })));

    content.append(element("div", { class: "live-bar" }, setting.node, element("div", { class: "live-buttons" }, player.next, player.play)),
      stage.node, legend, plot.node, controls, recorded, list.node, summary.node);

    // ------------------------------------------------------------ the drawing
    const left = (city) => stage.left(cities[city][0]), top = (city) => stage.top(cities[city][1]);

    function ring(context, tours, t) {
      context.beginPath();
      for (let i = 0; i <= count; i++) {
        const city = tours[t * count + (i % count)];
        if (i) context.lineTo(left(city), top(city)); else context.moveTo(left(city), top(city));
      }
      context.lineJoin = "round";
      context.stroke();
    }

    function drawMarks(context, t) {
      const widest = Math.max(8, stage.node.clientWidth / 60);
      context.strokeStyle = colors.blue;
      context.lineCap = "round";
      for (let i = 0, edge = t * pairs; i < count; i++) for (let j = i + 1; j < count; j++, edge++) {
        const strength = run.marks[edge] / 255;
        if (!strength) continue;
        context.globalAlpha = 0.5 * Math.sqrt(strength);
        context.lineWidth = widest * strength;
        context.beginPath();
        context.moveTo(left(i), top(i));
        context.lineTo(left(j), top(j));
        context.stroke();
      }
      context.globalAlpha = 1;
    }

    function draw(position) {
      const t = Math.floor(position), context = fit(stage.canvas);
      context.clearRect(0, 0, stage.node.clientWidth, stage.node.clientHeight);
      if (run.marks.length) drawMarks(context, t);
      context.strokeStyle = colors.blue; context.lineWidth = 1.4; context.setLineDash([5, 4]);
      ring(context, run.now, t);
      context.strokeStyle = colors.red; context.lineWidth = 2.4; context.setLineDash([]);
      ring(context, run.best, t);
      for (let city = 0; city < count; city++) {
        context.beginPath();
        context.arc(left(city), top(city), 4.5, 0, 7);
        context.fillStyle = colors.ink; context.fill();
        context.strokeStyle = colors.paper; context.lineWidth = 1.5; context.stroke();
      }
      plot.draw([{ values: run.gaps, color: "blue", dash: [6, 4] }, { values: run.gap, color: "red" }], t, colors);
      best.textContent = number(run.least[t]);
      now.textContent = number(run.value[t]);
      scrub.set(t);
    }

    function redraw() {
      colors = palette(root);
      draw(player.position);
    }

    function conclude() {
      const t = Math.floor(player.position), gap = run.gap[t];
      watched[runs.indexOf(run)] = Math.max(t, watched[runs.indexOf(run)]);
      const far = gap < 0.01 ? "which is the shortest there is" : `${number(gap)} % longer than the shortest, ${number(minimum)}`;
      summary.say(`Setting ${run.label}. After ${step} ${t} of ${steps} the best tour so far is ${number(run.least[t])} long, ${far}.`);
      if (player.touched) list.check();
    }

    function choose(i) {
      player.touched = true;
      run = runs[i];
      note();
      player.goto(steps);
    }

    function note() {
      const fields = Object.entries(run.fields).map(([name, value]) => `${spelled(name)} = ${number(value)}`).join(", ");
      recorded.textContent = `A recording: these runs were made by the library when the page was built (seed ${seed}; ${fields}). A single run is one throw of the dice.`;
    }

    root.addEventListener("click", () => { player.touched = true; });
    note();
    conclude();
    player.startWhenSeen(root);
    return {
      redraw,
      record: () => ({
        steps, position: player.position, playing: player.playing, label: run.label, left: list.left(), minimum,
        best: [...run.best.slice(Math.floor(player.position) * count, (Math.floor(player.position) + 1) * count)],
        least: run.least, value: run.value, gap: [...run.gap],
      }),
    };
  }

  mount("tour", build);
})();
