// A small network: values go forward, derivatives of the loss come back, by the kernels of the page; and one weight's derivative, tried.
"use strict";
(() => {
  const { element, number, slider, mount, announcer, tasks } = nnopt.live;
  const NUDGE = 0.1, HIDDEN = 1, LOSS = 2, OUT = 3, UNITS = 4, ALL = 5;   // the position: how far the passes have come
  const sub = (text) => text.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
  const signed = (value) => (value < 0 ? `(${number(value)})` : number(value));
  const digits = (value) => { const text = (+value.toPrecision(4)).toString().replace("-", "−"); return value < 0 ? `(${text})` : text; };

  // A number that fits into a box, at most five characters: 0.53, −12.3, 3e−4.
  function short(value) {
    const size = Math.abs(value);
    if (!Number.isFinite(value) || size >= 1e99) return Number.isNaN(value) ? "?" : value > 0 ? "∞" : "−∞";
    if (size < 1e-9) return "0";
    const text = size < 0.00995 || size >= 999.5 ? value.toExponential(0) : value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
    return text.replace("e+", "e").replaceAll("-", "−");
  }

  function build(root, nn, content, { x: firstX, target: firstTarget, rate: firstRate, W: firstW, V: firstV, selected: first, places }) {
    // ------------------------------------------------------------ the computation
    const { dense_plain, dense_back_plain, tanh, tanh_back, squared_error, squared_error_back } = nn.kernels;
    const [x, z, W, V, a, o, y, out, dV, da, dz, dW, dx] = [[1, 2], [1, 3], [2, 3], [3, 1], [1, 3], [1, 1], [1, 2], [1, 1], [3, 1], [1, 3], [1, 3], [2, 3], [1, 2]]
      .map((shape) => nn.zeros(...shape));
    const noBiases = nn.zeros(3), noBias = nn.zeros(1), [sums, sum, turnedW, turnedV] = [[3], [1], [3, 2], [1, 3]].map((shape) => nn.zeros(...shape));
    const flat = nn.zeros(3), flatA = nn.zeros(3), scratch = nn.zeros(3);   // tanh's kernels take vectors
    let loss = 0, position = ALL, selected = first, nudge = null, step = null, byInputs = false;

    function forward() {
      dense_plain(x, W, noBiases, z, 0, 0);
      flat.set(z);
      tanh(flat, scratch);
      a.set(flat);
      dense_plain(a, V, noBias, o, 0, 0);
      return squared_error(o, y);
    }

    function backward() {
      squared_error_back(o, y, out);
      dense_back_plain(a, V, out, dV, sum, da, turnedV, 1, 0, 0);
      flat.set(da);
      flatA.set(a);
      tanh_back(flatA, flat);
      dz.set(flat);
      dense_back_plain(x, W, dz, dW, sums, dx, turnedW, 1, 0, 0);
    }

    function compute() {
      x.set([x1.value, x2.value]);
      y.set([target.value, 1]);   // and the weight of the row
      loss = forward();
      backward();
    }

    // ------------------------------------------------------------ weights, and what their derivatives are made of
    const weights = [];
    for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++)
      weights.push({ name: `w${i + 1}${j + 1}`, of: W, by: dW, at: 3 * i + j, from: places.inputs[i], to: places.hidden[j], share: places.along[0],
        value: `x${i + 1}`, back: `dz${j + 1}`, known: ALL, layer: 1, product: () => [dz[j], x[i]] });
    for (let j = 0; j < 3; j++)
      weights.push({ name: `v${j + 1}`, of: V, by: dV, at: j, from: places.hidden[j], to: places.output, share: places.along[1],
        value: `a${j + 1}`, back: "do", known: UNITS, layer: 2, product: () => [out[0], a[j]] });
    const chosen = () => weights.find(({ name }) => name === selected);
    const slope = ({ by, at }) => by[at];

    // How the loss would change if this weight alone were changed.
    function effect({ of, at }, by) {
      const old = of[at], before = forward();
      of[at] = old + by;
      const after = forward();
      of[at] = old;
      forward();
      return after - before;
    }
    const largestFall = () => Math.min(...weights.flatMap((weight) => [effect(weight, NUDGE), effect(weight, -NUDGE)]));

    // ------------------------------------------------------------ boxes
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of Object.entries({ viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" })) svg.setAttribute(name, value);
    const net = element("div", { class: "live-net", role: "group", "aria-label": "The network: two inputs, three hidden units, an output, and the loss" }, svg);
    const stand = (node, [left, top]) => { node.style.left = `${left}%`; node.style.top = `${top}%`; };

    function edge([left, top], [right, bottom]) {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
      for (const [name, value] of Object.entries({ x1: left, y1: top, x2: right, y2: bottom })) line.setAttribute(name, value);
      svg.append(line);
      return line;
    }

    // A unit: its title, and rows of [key, value, the position from which it is known, class].
    const units = [];
    function unit(place, title, spoken, rows) {
      const node = element("div", { class: "live-unit", role: "img" }, element("b", {}, title));
      const cells = rows.map(([key, value, known, kind]) => {
        const cell = element("span"), line = element("span", { class: `live-row ${kind}` }, element("i", {}, sub(key)), cell);
        node.append(line);
        return { key, value, known, kind, cell, line };
      });
      stand(node, place);
      net.append(node);
      units.push({ node, spoken, cells });
    }

    weights.forEach((weight) => { weight.line = edge(weight.from, weight.to); });
    const last = edge(places.output, places.loss);
    places.inputs.forEach((place, i) => unit(place, "input", `input ${i + 1}`,
      [[`x${i + 1}`, () => x[i], 0, "forward"], [`dx${i + 1}`, () => dx[i], ALL, "back"]]));
    const group = element("div", { role: "radiogroup", "aria-label": "Weights; arrow keys select one" });
    net.append(group);
    places.hidden.forEach((place, j) => unit(place, "tanh", `hidden unit ${j + 1}`,
      [[`z${j + 1}`, () => z[j], HIDDEN, "forward"], [`a${j + 1}`, () => a[j], HIDDEN, "forward"],
        [`da${j + 1}`, () => da[j], UNITS, "back"], [`dz${j + 1}`, () => dz[j], UNITS, "back"]]));
    unit(places.output, "output", "output", [["o", () => o[0], LOSS, "forward"], ["do", () => out[0], OUT, "back"]]);
    unit(places.loss, "(o−y)²", "loss", [["y", () => y[0], 0, "forward"], ["L", () => loss, LOSS, "forward"]]);

    weights.forEach((weight, k) => {
      weight.number = element("span");
      weight.slope = element("span", { class: "back" });
      weight.node = element("button", { type: "button", class: "live-weight", role: "radio" }, weight.number, weight.slope);
      stand(weight.node, [0, 1].map((axis) => weight.from[axis] + weight.share * (weight.to[axis] - weight.from[axis])));
      weight.node.addEventListener("click", () => select(weight));
      weight.node.addEventListener("keydown", (event) => {
        const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!way) return;
        event.preventDefault();
        const next = weights[(k + way + weights.length) % weights.length];
        select(next);
        next.node.focus();
      });
      group.append(weight.node);
    });

    // ------------------------------------------------------------ controls
    const summary = announcer(), made = element("p", { class: "live-product" });
    const button = (text, pressed) => { const node = element("button", { type: "button" }, text); node.addEventListener("click", pressed); return node; };
    const onward = button("Forward: next layer", goForward), back = button("Backward: next layer", goBack);
    const descend = button("Gradient step", descent), again = button("Start again", restart);
    descend.classList.add("live-play");
    const less = button("nudge −0.1", () => nudged(-NUDGE)), more = button("nudge +0.1", () => nudged(NUDGE));
    const controls = element("div", { class: "live-sliders live-two" });
    const range = { min: -3, max: 3, step: 0.1, text: (value) => value.toFixed(1).replace("-", "−") };
    const x1 = slider(controls, { label: "input x₁", ...range, value: firstX[0] }, moved);
    const x2 = slider(controls, { label: "input x₂", ...range, value: firstX[1] }, moved);
    const target = slider(controls, { label: "target y", ...range, value: firstTarget }, moved);
    const rate = slider(controls, { label: "learning rate", min: -2, max: 0.5, step: 0.02, value: 0, show: (at) => 10 ** at }, () => list.check());
    const legend = element("p", { class: "live-key" }, element("b", { class: "forward" }, "Values"), " go forward, ",
      element("b", { class: "back" }, "derivatives of the loss"), " come back: da is ∂L/∂a. On each edge stand the weight and its derivative.");

    const blocked = () => [0, 1, 2].some((j) => Math.abs(da[j]) > 0.05 && Math.abs(dz[j]) < 0.01 * Math.abs(da[j]));
    const list = tasks([
      { text: "Which nudge lowers the loss most? Read it off the derivatives, then try it.", done: () => nudge !== null && nudge.actual < 0 && nudge.actual <= nudge.best },
      { text: "Find inputs for which a hidden unit lets less than a hundredth of its da through to dz.", done: () => byInputs && position >= UNITS && blocked() },
      { text: "Find a learning rate whose gradient step makes the loss larger.", done: () => step !== null && step.after > step.before },
    ]);

    content.append(element("div", { class: "live-bar" }, element("div", { class: "live-buttons live-four" }, onward, back, descend, again)),
      net, legend, element("div", { class: "live-bar live-tried" }, made, element("div", { class: "live-buttons" }, less, more)), summary.node, controls, list.node);

    // ------------------------------------------------------------ what the reader does
    function goForward() {
      position = position === HIDDEN ? LOSS : HIDDEN;
      if (position === HIDDEN) show(`Forward, first layer: each z sums inputs times weights; a = tanh z is ${[...a].map(number).join(", ")}.`, [1, "forward"]);
      else show(`Forward, output layer: o sums a times v over the hidden units and is ${number(o[0])}; the loss (o − y)² is ${number(loss)}.`, [2, "forward"]);
    }

    function goBack() {
      if (position < LOSS) return show("The derivatives start at the loss: go forward to it first.");
      if (position === ALL) return show("All derivatives have come back. Forward starts again.");
      position += 1;
      if (position === OUT) show(`Backward, loss: do = 2(o − y) = ${number(out[0])}.`, [3, "back"]);
      else if (position === UNITS) show(`Backward, output layer: dv = do · a, da = do · v, and dz = da · (1 − a²) is ${[...dz].map(number).join(", ")}.`, [2, "back"]);
      else show("Backward, first layer: dw = dz · x, with the dz at the edge's end and the x at its start; dx sums dz · w.", [1, "back"]);
    }

    function descent() {
      const before = loss;
      for (const { of, by, at } of weights) of[at] -= rate.value * by[at];
      position = ALL;
      compute();
      step = { before, after: loss };
      byInputs = false;
      show(`Gradient step with rate ${number(rate.value)}: the loss ${loss < before ? "falls" : "rises"} from ${number(before)} to ${number(loss)}.`);
    }

    function nudged(by) {
      const weight = chosen(), best = largestFall(), predicted = by * slope(weight), before = loss;
      weight.of[weight.at] += by;
      position = ALL;
      compute();
      nudge = { weight: weight.name, by, predicted, actual: loss - before, best };
      byInputs = false;
      show(`${sub(weight.name)} ${by > 0 ? "+" : "−"} ${NUDGE}: predicted change of the loss ${by > 0 ? "0.1" : "(−0.1)"} · ${signed(predicted / by)} = ${number(predicted)}; actual change ${number(nudge.actual)}.`);
    }

    function select({ name }) {
      selected = name;
      show(`${sub(name)} is selected; a nudge changes this weight alone.`);
    }

    function moved() {
      byInputs = true;
      compute();
      show(position < LOSS ? "What these inputs lead to, the pass forward tells." : `Now the output is ${number(o[0])} and the loss ${number(loss)}.`);
    }

    function restart() {
      begin();
      show(`Output ${number(o[0])}, target ${number(y[0])}, loss ${number(loss)}: select a weight to see what its derivative is made of.`);
    }

    function begin() {
      W.set(firstW.flat());
      V.set(firstV);
      x1.set(firstX[0]);
      x2.set(firstX[1]);
      target.set(firstTarget);
      rate.set(Math.log10(firstRate), firstRate);
      [position, selected, nudge, step, byInputs] = [ALL, first, null, null, false];
      compute();
    }

    // ------------------------------------------------------------ the drawing
    // `flow` is the layer through which the last press has gone, and its direction; the third are output and loss.
    function show(said, flow = []) {
      const weight = chosen(), [factor, value] = weight.product(), known = position >= weight.known;
      for (const { node, spoken, cells } of units) {
        for (const { key, value: of, known: from, cell, line } of cells) {
          cell.textContent = position >= from ? short(of()) : "·";
          line.classList.toggle("factor", known && (key === weight.value || key === weight.back));
        }
        node.setAttribute("aria-label", `${spoken}: ${cells.map(({ key, value: of, known: from }) => `${sub(key)} ${position >= from ? number(of()) : "not yet known"}`).join(", ")}`);
      }
      for (const each of weights) {
        const is = each === weight, there = position >= each.known;
        each.number.textContent = short(each.of[each.at]);
        each.slope.textContent = there ? short(slope(each)) : "·";
        each.node.setAttribute("aria-checked", is);
        each.node.tabIndex = is ? 0 : -1;
        each.node.setAttribute("aria-label", `${sub(each.name)} from ${each.layer === 1 ? "input" : "hidden unit"} ${each.value[1]} to ${each.layer === 1 ? `hidden unit ${each.back[2]}` : "the output"}: `
          + `weight ${number(each.of[each.at])}, derivative ${there ? `${number(slope(each))}, ${sub(each.back)} times ${sub(each.value)}` : "not yet known"}`);
        each.line.setAttribute("class", is ? "chosen" : flow[0] === each.layer ? flow[1] : "");
      }
      last.setAttribute("class", flow[0] === 3 || (flow[0] === 2 && flow[1] === "forward") ? flow[1] : "");
      made.replaceChildren(`∂L/∂${sub(weight.name)} = `, element("span", { class: "back" }, sub(weight.back)), " · ", element("span", { class: "forward" }, sub(weight.value)),
        ...(known ? [" ≈ ", element("span", { class: "back" }, digits(factor)), " · ", element("span", { class: "forward" }, digits(value)), ` ≈ ${number(slope(weight))}`]
          : [": not yet known, go backward first"]));
      back.setAttribute("aria-disabled", position < LOSS || position === ALL);
      summary.say(said);
      list.check();
    }

    restart();
    return {
      redraw() {},   // boxes and lines stand in percent and take their colours from live.css
      record: () => ({
        x: [...x], target: y[0], rate: rate.value, W: [...W], V: [...V], z: [...z], a: [...a], o: o[0], loss, do: out[0], dV: [...dV], da: [...da],
        dz: [...dz], dW: [...dW], dx: [...dx], position, selected, nudge, step, left: list.left(),
      }),
    };
  }

  mount("network", build);
})();
