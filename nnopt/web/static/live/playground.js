// Two optimizers train the same small network from the same first weights: layers and loss by the kernels of training, steps by the
// optimizers' own moves. The setting stands in the address: #playground:data=spirals&width=8&depth=2&...
"use strict";
(() => {
  const { Plot, Player, DASHES, element, number, slider, swatch, palette, fit, mount, announcer, tasks, clamp, reducedMotion } = nnopt.live;
  const MARK = "#playground:", SIDES = ["left", "right"], SLICE = 12;   // SLICE: milliseconds of work between two looks at the reader
  const power = (exponent) => +(10 ** exponent).toPrecision(3);   // learning rates of three digits, so that an address holds them

  // ---------------------------------------------------------------- the network
  // Two inputs, hidden layers, one output and binary cross-entropy. All weights are one vector; W, b and their gradients are views of it.
  function network(nn, width, depth, activation) {
    const { kernels, zeros, view } = nn, sides = [2, ...Array(depth).fill(width), 1];
    const size = sides.slice(1).reduce((sum, q, l) => sum + (sides[l] + 1) * q, 0), theta = zeros(size), grad = zeros(size);
    let at = 0;
    const layers = sides.slice(1).map((q, l) => {
      const p = sides[l], [W, dW] = [theta, grad].map((all) => view(all, [p, q], at)), [b, db] = [theta, grad].map((all) => view(all, [q], at + p * q));
      at += (p + 1) * q;
      return { p, q, W, b, dW, db, turned: zeros(q, p), bends: l < depth };
    });

    // Room for what flows through the layers when so many points are looked at.
    function room(rows, X) {
      const x = nn.array("float64", [rows, 2], X), scratch = zeros(rows * width), below = zeros(rows, 2);
      const y = layers.map(({ q }) => zeros(rows, q)), dy = layers.map(({ q }) => zeros(rows, q)), flat = (array) => view(array, [array.length]);
      return { x, y, dy, flatY: y.map(flat), flatDy: dy.map(flat), scratch, below, P: zeros(rows, 1) };
    }

    function forward({ x, y, flatY, scratch }) {
      layers.forEach(({ W, b, bends }, l) => {
        kernels.dense_plain(l ? y[l - 1] : x, W, b, y[l], 0, 0);
        if (bends && activation === "tanh") kernels.tanh(flatY[l], scratch);
        else if (bends) kernels.relu(flatY[l]);
      });
      return y[layers.length - 1];
    }

    function backward({ x, y, dy, flatY, flatDy, below, P }, targets) {
      kernels.binary_cross_entropy_back(P, targets, dy[layers.length - 1]);
      for (let l = layers.length - 1; l >= 0; l--) {
        const { W, dW, db, turned, bends } = layers[l];
        if (bends) kernels[activation === "tanh" ? "tanh_back" : "relu_back"](flatY[l], flatDy[l]);
        kernels.dense_back_plain(l ? y[l - 1] : x, W, dy[l], dW, db, l ? dy[l - 1] : below, turned, l ? 1 : 0, 0, 0);
      }
    }

    // First weights of a seed: Xavier's scale before tanh, else He's; biases zero.
    function first(seed) {
      const rng = nn.array("uint64", [1], [seed]), found = new Float64Array(size);
      let place = 0;
      for (const { p, q, bends } of layers) {
        const scale = Math.sqrt(2 / (bends && activation === "tanh" ? p + q : p));
        for (let i = 0; i < p * q; i++) found[place++] = scale * kernels.normal(rng);
        place += q;
      }
      return found;
    }

    return { size, theta, grad, room, forward, backward, first };
  }

  // ---------------------------------------------------------------- the setting, and the address that holds it
  function written({ data, width, depth, activation, seed, left, right }) {
    return `${MARK}data=${data}&width=${width}&depth=${depth}&activation=${activation}&left=${left.method}:${left.rate}&right=${right.method}:${right.rate}&seed=${seed}`;
  }

  // What an address says; of what it does not say, or says wrong, what the figure begins with.
  function read(address, { begins, choices, methods }) {
    if (!address.startsWith(MARK)) return null;
    const told = new URLSearchParams(address.slice(MARK.length)), found = structuredClone(begins);
    for (const name of ["data", "width", "depth", "activation"]) {
      const known = Array.isArray(choices[name]) ? choices[name] : Object.keys(choices[name]);
      found[name] = known.find((value) => String(value) === told.get(name)) ?? begins[name];
    }
    for (const side of SIDES) {
      const [name, rate] = (told.get(side) || "").split(":"), method = methods.find((each) => each.name === name);
      if (method) found[side] = { method: name, rate: +rate > 0 ? power(clamp(Math.log10(+rate), -4, 1)) : method.rate };
    }
    const seed = told.get("seed") || "";
    if (/^\d{1,6}$/.test(seed)) found.seed = +seed;
    return found;
  }

  // ---------------------------------------------------------------- the figure
  function build(root, nn, content, given, gradient) {
    const { data, methods, choices, begins, steps, grid, edge, classes } = given;
    const memory = [nn.mark(), gradient.mark()], cells = new Float64Array(2 * grid * grid);
    for (let j = 0, k = 0; j < grid; j++) for (let i = 0; i < grid; i++) {
      cells[k++] = edge * ((2 * i) / (grid - 1) - 1);
      cells[k++] = edge * (1 - (2 * j) / (grid - 1));
    }
    const known = (name) => methods.find((each) => each.name === name);
    let setting = read(location.hash, given) || structuredClone(begins), colors = palette(root), net, seen, plane, targets, runs = [], done = 0, pending = null;

    // ------------------------------------------------------------ controls
    function choose(parent, label, options, set, spoken = label) {
      const select = element("select", { "aria-label": spoken }, ...options.map(([value, text]) => element("option", { value }, text)));
      select.addEventListener("change", () => { set(select.value); changed(); });
      parent.append(element("label", { class: "live-choice" }, element("span", {}, label), select));
      return select;
    }
    const shared = element("div", { class: "live-choices" }), pair = element("div", { class: "live-pair" });
    const texts = { width: (units) => `${units} units`, depth: (layers) => `${layers}` };
    const selects = Object.fromEntries([["data", "data"], ["depth", "hidden layers"], ["width", "width"], ["activation", "activation"]].map(([name, label]) => {
      const options = Array.isArray(choices[name]) ? choices[name].map((value) => [value, (texts[name] || String)(value)]) : Object.entries(choices[name]);
      return [name, choose(shared, label, options, (value) => { setting[name] = typeof begins[name] === "number" ? +value : value; })];
    }));
    const summary = announcer(), player = new Player(steps, 12, 1, draw, conclude);
    const again = element("button", { type: "button" }, "New weights"), link = element("a", {}, "Link to this setting");
    again.addEventListener("click", () => { setting.seed += 1; changed(); });

    const picture = new ImageData(grid, grid), small = element("canvas", { width: grid, height: grid });
    const panels = SIDES.map((side) => {
      const node = element("div"), canvas = element("canvas", { role: "img" }), told = element("p", { class: "live-told" });
      const method = choose(node, "optimizer", methods.map(({ name, label }) => [name, label]),
        (name) => { setting[side] = { method: name, rate: known(name).rate }; }, `${side}: optimizer`);
      node.append(element("div", { class: "live-stage live-square" }, canvas), told);
      const rate = slider(node, { label: "learning rate", min: -4, max: 1, step: 0.02, value: 0, show: power }, () => { setting[side].rate = rate.value; changed(); });
      rate.input.setAttribute("aria-label", `${side}: learning rate`);
      pair.append(node);
      return { side, canvas, told, method, rate };
    });
    const key = element("p", { class: "live-key" });
    classes.forEach((color, label) => key.append(element("span", { class: label ? "live-dot live-box" : "live-dot", style: `background: var(--live-${color})` }),
      `class ${label}${label ? ". " : ", "}`));
    key.append("Behind them, what the network says; on the line it is undecided.");
    const plot = new Plot("The loss of both, against evaluations, on a logarithmic scale", { title: "loss, after so many evaluations of loss and gradient", steps });
    plot.decades = [-5, 1];

    const circles = { narrow: false, wide: false };
    const ended = () => done === steps;
    const list = tasks([
      { text: "Two circles, layers of two units: does a second or a third layer help? Predict, try, then find the width that gets all points right.",
        done: () => circles.narrow && circles.wide },
      { text: "Find a setting in which gradient descent ends with the smaller loss of the two.",
        done: () => ended() && runs.some((run, i) => run.method.name === "GD" && runs[1 - i].method.name !== "GD" && run.loss() < runs[1 - i].loss()) },
      { text: "ReLU, three layers of two units: find first weights from which both end by giving every point the same answer.",
        done: () => ended() && setting.activation === "ReLU" && setting.width === 2 && runs.every(({ same }) => same) },
    ]);

    content.append(element("div", { class: "live-bar" }, element("div", { class: "live-buttons live-three" }, again, player.next, player.play)),
      shared, pair, key, plot.node, list.node, summary.node, element("p", { class: "live-note" }, link));

    // ------------------------------------------------------------ the computation
    // Loss and gradient at theta, for an optimizer's move; the two modules have memories of their own.
    function look(run) {
      return (theta, grad) => {
        net.theta.set(theta);
        const loss = nn.kernels.binary_cross_entropy(net.forward(seen), targets, seen.P);
        net.backward(seen, targets);
        grad.set(net.grad);
        const yes = seen.P.reduce((count, p) => count + (p > 0.5), 0);
        run.same = yes === 0 || yes === seen.P.length;
        run.right = seen.P.reduce((count, p, i) => count + ((p > 0.5) === (targets[2 * i] > 0.5)), 0) / seen.P.length;
        return loss;
      };
    }

    function begin() {
      nn.release(memory[0]);
      gradient.release(memory[1]);
      const { X, y } = data[setting.data];
      net = network(nn, setting.width, setting.depth, setting.activation);
      [seen, plane] = [net.room(y.length, X), net.room(grid * grid, cells)];
      targets = nn.array("float64", [y.length, 2], y.flatMap((label) => [label, 1]));   // and the weight of the row
      const start = net.first(setting.seed);
      runs = SIDES.map((side) => {
        const { method, rate } = setting[side], run = { method: known(method), fields: { lr: rate }, values: [] };
        run.moves = gradient.run({ optimizer: method, fields: run.fields, look: look(run), dim: net.size, start });
        run.loss = () => run.values[run.values.length - 1];
        run.move = () => {   // a loss that is no number ends a run, as in Python
          if (run.values.length && !Number.isFinite(run.loss())) run.values.push(run.loss());
          else { run.moves.move(); run.values.push(run.moves.value); }
        };
        run.move();
        return run;
      });
      done = 0;
    }

    function advance(to) {
      if (to < done) begin();
      for (; done < to; done++) runs.forEach((run) => run.move());
    }

    // To the end without pictures on the way, in slices between which the page answers.
    function finish() {
      clearTimeout(pending);
      const until = performance.now() + SLICE;
      while (done < steps && performance.now() < until) advance(done + 1);
      if (done < steps) pending = setTimeout(finish, 0);
      else player.goto(steps);
    }

    // ------------------------------------------------------------ the drawing
    function draw(position) {
      clearTimeout(pending);
      advance(Math.floor(position));
      paint();
    }

    const channels = (color) => [1, 3, 5].map((i) => parseInt(colors[color].slice(i, i + 2), 16));

    // How sure the network is of each class, cell by cell; returns its outputs there.
    function regions(context, run, side) {
      net.theta.set(run.moves.arrays.theta);
      const outputs = net.forward(plane), [no, yes] = classes.map(channels), paper = channels("paper");
      for (let k = 0; k < outputs.length; k++) {
        const share = 1 / (1 + Math.exp(-outputs[k]));
        for (let c = 0; c < 3; c++) picture.data[4 * k + c] = paper[c] + 0.38 * (no[c] + share * (yes[c] - no[c]) - paper[c]);
        picture.data[4 * k + 3] = 255;
      }
      small.getContext("2d").putImageData(picture, 0, 0);
      context.imageSmoothingEnabled = true;
      context.drawImage(small, 0.5, 0.5, grid - 1, grid - 1, 0, 0, side, side);   // the middles of the outer cells lie on the edges
      return outputs;
    }

    // The line where the output is zero: between the middles of four cells it is straight (marching squares).
    function boundary(context, z, side) {
      const at = (i) => (i / (grid - 1)) * side, cut = (a, b) => a / (a - b);
      context.beginPath();
      for (let j = 0; j < grid - 1; j++) for (let i = 0; i < grid - 1; i++) {
        const k = j * grid + i, a = z[k], b = z[k + 1], c = z[k + grid + 1], d = z[k + grid], found = [];
        if (a > 0 !== b > 0) found.push([at(i + cut(a, b)), at(j)]);
        if (b > 0 !== c > 0) found.push([at(i + 1), at(j + cut(b, c))]);
        if (c > 0 !== d > 0) found.push([at(i + cut(d, c)), at(j + 1)]);
        if (d > 0 !== a > 0) found.push([at(i), at(j + cut(a, d))]);
        for (let n = 0; n + 1 < found.length; n += 2) { context.moveTo(...found[n]); context.lineTo(...found[n + 1]); }
      }
      context.strokeStyle = colors.ink;
      context.lineWidth = 1.6;
      context.stroke();
    }

    // Discs are class 0, squares class 1.
    function dots(context, side) {
      const { X, y } = data[setting.data], r = Math.max(2.2, side / 110);
      context.lineWidth = 0.8;
      context.strokeStyle = colors.paper;
      y.forEach((label, i) => {
        const left = (X[2 * i] / edge + 1) * (side / 2), top = (1 - X[2 * i + 1] / edge) * (side / 2);
        context.beginPath();
        if (label) context.rect(left - r, top - r, 2 * r, 2 * r); else context.arc(left, top, r * 1.1, 0, 7);
        context.fillStyle = colors[classes[label]];
        context.fill();
        context.stroke();
      });
    }

    // The line of a method; of the right one, where both are of the same, another.
    const line = (i) => (i && runs[0].method === runs[1].method ? { color: "ink", dash: "dotted" } : runs[i].method);
    const percent = (share) => `${Math.floor(100 * share)}%`;
    const outcome = ({ values, right, loss }) => (Number.isFinite(loss()) ? `loss ${number(values[done])}, ${percent(right)} right` : "it has run away");

    function paint() {
      panels.forEach(({ canvas, told }, i) => {
        const side = canvas.clientWidth, context = fit(canvas);
        if (!side) return;
        boundary(context, regions(context, runs[i], side), side);
        dots(context, side);
        told.replaceChildren(swatch(line(i)), outcome(runs[i]));
      });
      plot.draw(runs.map(({ values }, i) => ({ values, color: line(i).color, dash: DASHES[line(i).dash] })), done, colors);
    }

    function redraw() {
      colors = palette(root);
      paint();
    }

    // ------------------------------------------------------------ what the reader does
    function conclude() {
      const said = runs.map((run, i) => `${SIDES[i]}, ${run.method.label} at rate ${number(run.fields.lr)}: ${outcome(run)}`);
      summary.say(`After ${done} of ${steps} evaluations: ${said.join("; ")}.`);
      panels.forEach(({ canvas }, i) => canvas.setAttribute("aria-label", `What ${runs[i].method.label} has taught the network after ${done} evaluations: ${outcome(runs[i])}`));
      if (setting.data === "circles" && ended()) {
        circles.narrow ||= setting.width === 2 && setting.depth > 1 && runs.every(({ right }) => right < 1);
        circles.wide ||= runs.some(({ right }) => right === 1);
      }
      list.check();
    }

    function show() {
      for (const [name, select] of Object.entries(selects)) select.value = setting[name];
      panels.forEach(({ side, method, rate }) => { method.value = setting[side].method; rate.set(Math.log10(setting[side].rate), setting[side].rate); });
      link.href = written(setting);
    }

    // A new setting begins a new run: seen as it learns, or, where less motion is wanted, at its end.
    function restart() {
      show();
      begin();
      player.touched = true;
      player.playing = false;
      player.position = 0;
      if (reducedMotion()) finish(); else player.start();
    }

    function changed() {
      history.replaceState(null, "", written(setting));
      restart();
    }

    addEventListener("hashchange", () => {
      const told = read(location.hash, given);
      if (told) { setting = told; restart(); root.scrollIntoView(); }
    });
    if (read(location.hash, given)) requestAnimationFrame(() => root.scrollIntoView());

    // Once, when the pictures are first seen: learn, or, where less motion is wanted, have learned.
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      if (player.touched) return;
      if (reducedMotion()) finish(); else player.start();
    }, { threshold: 0.5 });
    observer.observe(pair);

    show();
    begin();
    player.position = 0;
    player.label();
    conclude();
    return {
      redraw,
      record: () => ({
        setting: structuredClone(setting), steps, position: player.position, done, playing: player.playing, left: list.left(), address: link.href,
        runs: runs.map(({ method, fields, values, right, same, moves }) => ({
          method: method.name, fields, values: [...values], right, same, t: moves.t,
          arrays: Object.fromEntries(Object.entries(moves.arrays).map(([name, array]) => [name, nnopt.live.flat(array)])), ledger: [...moves.ledger],
        })),
      }),
    };
  }

  mount("playground", build);
})();
