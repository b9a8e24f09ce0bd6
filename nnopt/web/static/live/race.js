// The race: gradient methods from the same start, step by step, by the very moves that Python's loop runs.
"use strict";
(() => {
  const { Stage, Plot, Player, DASHES, element, flat, folded, number, point, sliders, swatch, palette, fit, mount, announcer, chooser, starter, tasks } = nnopt.live;

  function build(root, nn, content, { methods, steps, surfaces }, ...also) {
    const start = [0, 0], names = methods.map(({ label }) => label).join(", ");
    let runs = [], colors = palette(root);

    const stages = [nn, ...also].map((module) => new Stage(module, surfaces, `Contour map of the surface with the paths of ${names}`));
    const [stage] = stages, homes = methods.map(({ name }) => stages.find((each) => name in each.nn.optimizers));  // a section's moves run in its own memory
    const plot = new Plot(`Value against steps, on a logarithmic scale, for ${names}`, { title: "value f after each step", steps });
    const summary = announcer();
    const player = new Player(steps, 6, 2, draw, conclude);
    const surface = chooser(surfaces, choose);
    const handle = starter(stage, start, "Start of the race; arrow keys move it", changed);

    const values = methods.map(() => element("b")), legend = element("ul", { class: "live-legend" });
    methods.forEach((method, i) => legend.append(element("li", {}, swatch(method), `${method.label} `, values[i])));
    const controls = methods.map(({ name }, i) => sliders(homes[i].nn.optimizers[name].fields, { open: 2, before: `${name} ` }, changed));
    const seen = element("div", { class: "live-sliders" }), more = element("div", { class: "live-sliders" });
    for (const control of controls) { seen.append(...control.seen.children); more.append(...control.more.children); }

    const away = () => runs.some(({ value }) => !(value[steps] < 1e12));
    const list = tasks([
      { text: "Make a method run away: how far must its rate be raised?", done: away },
      ...(methods.length > 1 ? [{ text: "Find a start, or a rate, with which another method is in front.", done: () => !away() && front() !== leader }] : []),
    ]);
    const front = () => runs.reduce((best, { value }, i) => (value[steps] < runs[best].value[steps] ? i : best), 0);
    let leader = null;

    content.append(
      element("div", { class: "live-bar" }, surface.node, element("div", { class: "live-buttons" }, player.next, player.play)),
      stage.node, legend, plot.node, seen, ...(more.childElementCount ? [folded("More hyperparameters", more)] : []), list.node, summary.node);

    function compute() {
      runs = methods.map(({ name }, i) => homes[i].frames(steps + 1, { optimizer: name, fields: controls[i].values(), start: [...start] }));
    }

    // ------------------------------------------------------------ the drawing
    function draw(position) {
      const played = Math.floor(position), context = fit(stage.canvas);
      context.clearRect(0, 0, stage.node.clientWidth, stage.node.clientHeight);
      const ends = methods.map((method, i) => stage.path(context, runs[i].arrays.theta, method, played, colors));
      methods.forEach((method, i) => stage.head(context, runs[i].arrays.theta, method, ends[i], colors));
      plot.draw(methods.map(({ color, dash }, i) => ({ values: runs[i].value, color, dash: DASHES[dash] })), played, colors);
      values.forEach((node, i) => { node.textContent = number(runs[i].value[played]); });
      handle.place();
    }

    function redraw() {
      colors = palette(root);
      stage.drawGround(colors);
      draw(player.position);
    }

    function conclude() {
      const t = Math.floor(player.position);
      const result = ({ label }, { value }) => (value[t] < 1e12 ? `${label} has reached ${number(value[t])}` : `${label} has run away: its learning rate is too large here`);
      summary.say(`From ${point(...start)}, after ${t} steps: ${methods.map((method, i) => result(method, runs[i])).join("; ")}. ` +
        "Drag the ring, or move it with the arrow keys; × marks the least values.");
    }

    // ------------------------------------------------------------ the reader's hand
    function changed() {
      player.touched = true;
      compute();
      player.goto(steps);
      list.check();
    }

    // Every method begins with the rate that serves it best from this surface's start.
    function choose(name) {
      const course = surfaces[name];
      stages.forEach((each) => each.show(name));
      plot.decades = course.decades;
      handle.moveTo(course.start);
      methods.forEach((method, i) => {
        for (const { name: field, value } of homes[i].nn.optimizers[method.name].fields) controls[i].controls[field].put(value);
        if (course.rates[method.name] !== null) controls[i].controls.lr.put(10 ** course.rates[method.name]);
      });
      compute();
      leader = front();
      if (stage.node.isConnected) { stage.drawGround(colors); player.touched = true; player.goto(steps); }
    }

    choose(Object.keys(surfaces)[0]);
    conclude();
    player.startWhenSeen(root);
    return {
      redraw,
      record: () => ({
        surface: stage.name, start: [...start], steps, position: player.position, playing: player.playing,
        runs: runs.map(({ options, arrays, value }) => ({
          options, value: [...value], arrays: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, flat(array)])),
        })),
      }),
    };
  }

  mount("race", build);
})();
