// What the live figures share: the surface under them, the plot beneath, controls, and the playback of a computed run.
"use strict";
nnopt.live = (() => {
  const DASHES = { solid: [], dashed: [6, 4], dotted: [2, 4], dashdot: [8, 4, 2, 4] };
  const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // Numbers as people write them: 0.0213, 3.1·10⁻⁵.
  function number(value) {
    if (Number.isNaN(value)) return "no number";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e4)) {
      const [digits, exponent] = value.toExponential(1).split("e");
      return `${digits.replace("-", "−")}·${power(+exponent)}`;
    }
    return (+value.toPrecision(3)).toString().replace("-", "−");
  }
  const power = (exponent) => "10" + [...String(exponent)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[+c])).join("");
  const coordinate = (x) => (Math.abs(x) < 0.005 ? 0 : x).toFixed(2).replace("-", "−");
  const point = (x, y) => `(${coordinate(x)}, ${coordinate(y)})`;

  // ---------------------------------------------------------------- hyperparameters
  // A field's name as people write it: β₁, c₂, ε, learning rate.
  const GREEK = { alpha: "α", beta: "β", gamma: "γ", eps: "ε", rho: "ρ", sigma: "σ", tau: "τ", omega: "ω" };
  function spelled(name) {
    if (name === "lr") return "learning rate";
    const [, word, digits] = name.match(/^(.*?)(\d*)$/);
    return (GREEK[word] || word.replaceAll("_", " ")) + [...digits].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
  }

  // The range of a field's slider, from its kind and interval: `show` turns a position into the number, `at` the number into a position.
  function scale({ kind, interval, marks, value, names }) {
    if (names) return { min: 0, max: names.length - 1, step: 1, show: (position) => names[position], at: (name) => names.indexOf(name),
      text: (name) => name.replaceAll("_", " ") };
    const plain = { show: (position) => position, at: (number) => number };
    if (kind === "bool") return { min: 0, max: 1, step: 1, ...plain, text: (on) => (on ? "on" : "off") };
    if (marks.includes("size")) return { min: 4, max: 60, step: 1, ...plain, text: String };
    if (kind === "int") return { min: +interval.match(/-?\d+/)[0], max: 4 * value, step: 1, ...plain, text: String };
    const powers = { step: 0.02, show: (position) => 10 ** position, at: Math.log10 };
    if (marks.includes("rate")) return { min: -4, max: 0.5, ...powers };
    if (interval.startsWith("(0, inf")) return { min: Math.log10(value) - 3, max: Math.log10(value) + 3, ...powers };
    if (interval === "[0, 1)")   // 0, 0.9, 0.99, 0.999 lie evenly: what counts is how far from 1
      return { min: 0, max: 4, step: 0.02, show: (position) => 1 - 10 ** -position, at: (number) => -Math.log10(1 - number),
        text: (number) => number.toFixed(number > 0.989 ? 4 : 3) };
    const high = interval.includes("inf") ? Math.max(1, 2 * value) : +interval.slice(1, -1).split(",")[1];
    return { min: 0, max: +high.toFixed(2), step: 0.01, ...plain, text: (number) => number.toFixed(2) };
  }

  // Sliders for the fields of a method; `before` stands before each label. The first `open` are seen, the others fold out.
  function sliders(fields, { open, before = "" }, changed) {
    const seen = element("div", { class: "live-sliders" }), more = element("div", { class: "live-sliders" }), controls = {};
    fields.filter(({ marks }) => !marks.includes("elsewhere")).forEach((field, i) => {   // what other kinds of points ask for stays as it is
      const { at, ...range } = scale(field);
      const control = slider(i < open ? seen : more, { label: before + spelled(field.name), ...range, value: at(field.value) }, changed);
      const put = (number) => control.set(at(number), number);
      put(field.value);
      controls[field.name] = { put, get value() { return control.value; } };
    });
    const values = () => Object.fromEntries(Object.entries(controls).map(([name, { value }]) => [name, value]));
    return { seen, more, controls, values };
  }

  // A labelled range input. `show` turns its position into the number that is meant, `text` into what is read.
  function slider(parent, { label, min, max, step, value, show = (v) => v, text = number }, changed) {
    const input = element("input", { type: "range", min, max, step, "aria-label": label });
    const output = element("output");
    parent.append(element("label", { class: "live-slider" }, element("span", {}, label, output), input));
    let exact = null;   // the number itself, which may lie between two positions, until the reader moves the slider
    const control = {
      input,
      get value() { return exact ?? show(+input.value); },
      set(position, number = null) { input.value = position; exact = number; control.refresh(); },
      refresh() { output.value = text(control.value); input.setAttribute("aria-valuetext", text(control.value)); },
    };
    input.addEventListener("input", () => { exact = null; control.refresh(); changed(); });
    control.set(value);
    return control;
  }

  // Colours are those of live.css, read again when the page changes between light and dark.
  function palette(root) {
    const style = getComputedStyle(root), colors = { font: style.fontFamily };
    for (const name of ["paper", "valley", "peak", "contour", "ink", "soft-ink", "line", "blue", "orange", "green", "red", "purple", "sky", "accent"])
      colors[name] = style.getPropertyValue(`--live-${name}`).trim();
    return colors;
  }
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

  function onThemeChange(react) {
    new MutationObserver(react).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", react);
  }

  // A canvas that is as sharp as the screen; returns its context, scaled so that lengths are CSS pixels.
  function fit(canvas) {
    const ratio = Math.min(devicePixelRatio || 1, 2), { clientWidth, clientHeight } = canvas;
    const width = Math.round(clientWidth * ratio), height = Math.round(clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  // ---------------------------------------------------------------- the surface
  // Two canvases: below, the function's height in bands with contour lines; above, what moves.
  class Stage {
    constructor(nn, surfaces, description) {
      Object.assign(this, { nn, surfaces, x: nn.zeros(2), arrays: {} });
      for (const [name, { arrays }] of Object.entries(surfaces)) {
        this.arrays[name] = {};
        for (const [array, { shape, values }] of Object.entries(arrays)) this.arrays[name][array] = nn.array("float64", shape, values);
      }
      this.ground = element("canvas", { "aria-hidden": "true" });
      this.canvas = element("canvas", { role: "img", "aria-label": description });
      this.node = element("div", { class: "live-stage" }, this.ground, this.canvas);
    }

    show(name) {
      this.name = name;
      this.surface = this.surfaces[name];
      [[this.x0, this.x1], [this.y0, this.y1]] = this.surface.box;
      const all = this.surface.rows && (this.all ??= this.nn.array("int64", [this.surface.rows], Array(this.surface.rows).keys()));
      this.others = this.nn.signatures[`${name}_value`].args.slice(1).map((arg) => (arg.name === "rows" ? all : this.arrays[name][arg.name]));
    }

    value(x) { return this.nn.kernels[`${this.name}_value`](x, ...this.others); }

    // All moves of a run on this surface: every array of the optimizer after each of them, and the values. Its memory is given back.
    frames(moves, options) {
      const then = this.nn.mark(), run = this.nn.run({ problem: this.name, arrays: this.arrays[this.name], ...options }), made = {};
      const kept = { ...run.arrays, ledger: run.ledger, rng: run.rng };
      for (const [name, array] of Object.entries(kept)) made[name] = new array.constructor(array.length * moves);
      const value = new Float64Array(moves), least = new Float64Array(moves);
      for (let t = 0; t < moves; t++) {
        run.move();
        for (const [name, array] of Object.entries(kept)) made[name].set(array, t * array.length);
        value[t] = run.value;
        least[t] = run.least;
      }
      this.nn.release(then);
      return { options, arrays: made, value, least };
    }

    // Between the plane of the function and the pixels of the stage.
    left(x) { return ((x - this.x0) / (this.x1 - this.x0)) * this.node.clientWidth; }
    top(y) { return ((this.y1 - y) / (this.y1 - this.y0)) * this.node.clientHeight; }
    inside([x, y]) { return [clamp(x, this.x0, this.x1), clamp(y, this.y0, this.y1)]; }
    at(left, top) {
      const { x0, x1, y0, y1, node } = this;
      return this.inside([x0 + (left / node.clientWidth) * (x1 - x0), y1 - (top / node.clientHeight) * (y1 - y0)]);
    }

    // A way of points, to the one that was played last, or to where it left the stage for good; returns that one's number.
    path(context, theta, { color, dash }, played, colors) {
      const { clientWidth: width, clientHeight: height } = this.node;
      const outside = (left, top) => !(Math.abs(left - width / 2) < 4 * width && Math.abs(top - height / 2) < 4 * height);
      let end = 0;
      context.beginPath();
      for (let t = 0; t <= played; t++, end = t - 1) {
        const left = this.left(theta[2 * t]), top = this.top(theta[2 * t + 1]);
        if (t === 0) context.moveTo(left, top); else context.lineTo(clamp(left, -9 * width, 9 * width), clamp(top, -9 * height, 9 * height));
        if (outside(left, top)) break;   // it has run away
      }
      context.lineJoin = "round";
      context.setLineDash([]);
      context.strokeStyle = colors.paper; context.globalAlpha = 0.75; context.lineWidth = 5; context.stroke();
      context.setLineDash(DASHES[dash]);
      context.strokeStyle = colors[color]; context.globalAlpha = 1; context.lineWidth = 2; context.stroke();
      context.setLineDash([]);
      context.fillStyle = colors[color];
      for (let t = 1; t <= end; t++) {   // a bead a step: where they crowd, the method is slow
        context.beginPath();
        context.arc(this.left(theta[2 * t]), this.top(theta[2 * t + 1]), 2.3, 0, 7);
        context.fill();
      }
      return end;
    }

    // Where it is now.
    head(context, theta, { color }, end, colors) {
      context.beginPath();
      context.arc(this.left(theta[2 * end]), this.top(theta[2 * end + 1]), 7, 0, 7);
      context.fillStyle = colors[color]; context.fill();
      context.strokeStyle = colors.paper; context.lineWidth = 2; context.stroke();
    }

    // Heights on a coarse grid, in the logarithm, scaled to 0 ... 1.
    heights(columns, rows) {
      const { x0, x1, y0, y1 } = this, heights = new Float64Array(columns * rows);
      let low = Infinity, high = -Infinity;
      for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) {
        this.x[0] = x0 + (i / (columns - 1)) * (x1 - x0);
        this.x[1] = y1 - (j / (rows - 1)) * (y1 - y0);
        const f = this.value(this.x);
        heights[j * columns + i] = f;
        if (f < low) low = f;
        if (f > high) high = f;
      }
      const soft = this.surface.soft * (high - low), floor = Math.log(soft), range = Math.log(high - low + soft) - floor;
      return heights.map((f) => (Math.log(f - low + soft) - floor) / range);
    }

    drawGround(colors) {
      const context = fit(this.ground), { width, height } = this.ground, { levels } = this.surface;
      if (!width || !height) return;
      const columns = Math.ceil(width / 4) + 1, rows = Math.ceil(height / 4) + 1, heights = this.heights(columns, rows);
      const valley = rgb(colors.valley), peak = rgb(colors.peak), contour = rgb(colors.contour);
      const image = context.createImageData(width, height), pixels = image.data;
      for (let j = 0, p = 0; j < height; j++) {
        const v = (j / (height - 1)) * (rows - 1), row = Math.min(Math.floor(v), rows - 2), b = v - row;
        for (let i = 0; i < width; i++, p += 4) {
          const u = (i / (width - 1)) * (columns - 1), column = Math.min(Math.floor(u), columns - 2), a = u - column;
          const q = row * columns + column, h00 = heights[q], h10 = heights[q + 1], h01 = heights[q + columns], h11 = heights[q + columns + 1];
          const h = levels * ((1 - b) * ((1 - a) * h00 + a * h10) + b * ((1 - a) * h01 + a * h11));
          const slope = (levels / 4) * Math.hypot((1 - b) * (h10 - h00) + b * (h11 - h01), (1 - a) * (h01 - h00) + a * (h11 - h10));
          const away = Math.abs(h - Math.round(h)) / (slope + 1e-9);   // pixels to the nearest contour line
          const line = h > 0.5 ? 0.55 * clamp(1.1 - away, 0, 1) : 0, shade = clamp(Math.floor(h) / (levels - 1), 0, 1);
          for (let c = 0; c < 3; c++) {
            const fill = valley[c] + shade * (peak[c] - valley[c]);
            pixels[p + c] = fill + line * (contour[c] - fill);
          }
          pixels[p + 3] = 255;
        }
      }
      context.putImageData(image, 0, 0);
      context.strokeStyle = colors.ink;
      context.lineWidth = 1.6;
      for (const [x, y] of this.surface.minima) {   // a cross where the function is least
        const left = this.left(x), top = this.top(y);
        context.beginPath();
        context.moveTo(left - 5, top - 5); context.lineTo(left + 5, top + 5);
        context.moveTo(left - 5, top + 5); context.lineTo(left + 5, top - 5);
        context.stroke();
      }
    }
  }

  // ---------------------------------------------------------------- the plot of values
  // Curves over steps, on a logarithmic scale, or, with `most`, from 0 to that; the part already played is strong, the rest faint.
  class Plot {
    constructor(description, { title, decades, steps, most }) {
      Object.assign(this, { title, decades, steps, most });
      this.canvas = element("canvas", { role: "img", "aria-label": description });
      this.node = element("div", { class: "live-plot" }, this.canvas);
    }

    // How high a value stands, from 0 to 1, and the values that are written beside the plot.
    share(value) {
      const [low, high] = this.decades || [];
      return this.most ? clamp(value / this.most, 0, 1) : (clamp(Math.log10(Math.max(value, 1e-300)), low, high) - low) / (high - low);
    }

    ticks() {
      if (this.most) return [0, this.most / 2, this.most].map((value) => [value, number(value)]);
      const [low, high] = this.decades, every = high - low > 8 ? 4 : 2, found = [];
      for (let decade = Math.ceil(low); decade <= high; decade++) if (!(decade % every)) found.push([10 ** decade, decade === 0 ? "1" : power(decade)]);
      return found;
    }

    draw(curves, played, colors) {
      const context = fit(this.canvas), { clientWidth: width, clientHeight: height } = this.canvas;
      const left = 44, right = width - 14, top = 24, bottom = height - 26;
      const across = (step) => left + (step / this.steps) * (right - left);
      const down = (value) => bottom - this.share(value) * (bottom - top);
      context.clearRect(0, 0, width, height);
      context.font = `12px ${colors.font}`;
      context.fillStyle = colors["soft-ink"];
      context.strokeStyle = colors.line;
      context.lineWidth = 1;
      for (const [value, text] of this.ticks()) {
        const y = Math.round(down(value)) + 0.5;
        context.beginPath(); context.moveTo(left, y); context.lineTo(right, y); context.stroke();
        context.textAlign = "right"; context.textBaseline = "middle";
        context.fillText(text, left - 7, y);
      }
      context.textAlign = "left"; context.textBaseline = "top";
      context.fillText(this.title, left, 0);
      context.textBaseline = "alphabetic";
      for (let i = 0; i <= 3; i++) {
        context.textAlign = i < 3 ? "center" : "right";
        context.fillText(String((i * this.steps) / 3), i < 3 ? across((i * this.steps) / 3) : right + 5, bottom + 20);
      }
      context.lineJoin = "round";
      for (const { values, color, dash } of curves) {
        for (const [end, alpha] of [[this.steps, 0.25], [played, 1]]) {
          context.beginPath();
          let drawing = false;
          for (let step = 0; step <= Math.min(end, values.length - 1); step++) {   // a run in the making ends earlier
            const y = Number.isFinite(values[step]) ? down(values[step]) : top;
            if (drawing) context.lineTo(across(step), y); else context.moveTo(across(step), y);
            drawing = true;
          }
          context.globalAlpha = alpha;
          context.strokeStyle = colors[color];
          context.lineWidth = 2.4;
          context.setLineDash(dash || []);
          context.stroke();
        }
        context.globalAlpha = 1;
        context.setLineDash([]);
        context.fillStyle = colors[color];
        context.beginPath();
        context.arc(across(played), Number.isFinite(values[played]) ? down(values[played]) : top, 4.5, 0, 7);
        context.fill();
      }
    }
  }

  // ---------------------------------------------------------------- playback
  // Runs are computed at once; this moves a reader through the steps 0 ... last of one. Positions are fractions of steps.
  class Player {
    constructor(last, seconds, ease, draw, settled) {
      Object.assign(this, { last, seconds, ease, draw, settled, position: last, playing: false });
      this.play = element("button", { type: "button", class: "live-play" }, "Replay");
      this.next = element("button", { type: "button" }, "Step");
      this.play.addEventListener("click", () => (this.playing ? this.pause() : this.start()));
      this.next.addEventListener("click", () => this.goto(this.position >= this.last ? 0 : Math.floor(this.position) + 1));
      this.frame = (now) => {
        if (!this.playing) return;
        this.began ??= now - 1000 * this.seconds * (this.position / this.last) ** (1 / this.ease);
        this.position = Math.min(this.last * ((now - this.began) / 1000 / this.seconds) ** this.ease, this.last);
        if (this.position >= this.last) return this.goto(this.last);
        this.draw(this.position);
        requestAnimationFrame(this.frame);
      };
    }

    label() { this.play.textContent = this.playing ? "Pause" : this.position >= this.last ? "Replay" : "Play"; }

    start() {
      if (this.position >= this.last) this.position = 0;
      this.playing = true;
      this.began = null;
      this.label();
      requestAnimationFrame(this.frame);
    }

    pause() { this.goto(Math.floor(this.position)); }

    goto(position) {
      this.playing = false;
      this.position = clamp(position, 0, this.last);
      this.label();
      this.draw(this.position);
      this.settled();
    }

    // Once, when the figure is first seen, unless the reader asked for less motion.
    startWhenSeen(node) {
      if (reducedMotion()) return;
      const observer = new IntersectionObserver(([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        if (!this.touched) this.start();
      }, { threshold: 0.5 });
      observer.observe(node);
    }
  }

  // ---------------------------------------------------------------- putting a figure into the page
  // Replaces the still in <div class="nnopt-live" data-figure="name"> once the kernels run; else it stays. What the figure begins with
  // stands there, too, as JSON. A second figure of a name is known as name-2.
  const state = (window.__nnopt_live = {});

  async function mount(name, build) {
    const roots = [...document.querySelectorAll(`.nnopt-live[data-figure="${name}"]`)];
    roots.forEach(async (root, i) => {
      try {
        const setup = JSON.parse(root.querySelector("script").textContent);
        const [nn, ...also] = await Promise.all([setup.section, ...(setup.also || [])].map(nnopt.load)), content = document.createDocumentFragment();
        const { redraw, record } = build(root, nn, content, setup, ...also);
        root.replaceChildren(content);
        new ResizeObserver(redraw).observe(root);
        onThemeChange(redraw);
        redraw();
        state[i ? `${name}-${i + 1}` : name] = { nn, record };
      } catch (error) {
        console.error(`nnopt: the figure ${name} stays a picture`, error);
      }
    });
  }

  // What the figure says now, for those who do not see it; spoken when things have come to rest.
  function announcer() {
    const node = element("p", { class: "live-summary", "aria-live": "polite" });
    let timer;
    return { node, say(text) { clearTimeout(timer); timer = setTimeout(() => { node.textContent = text; }, 300); } };
  }

  function chooser(surfaces, changed, called = "Surface") {
    const select = element("select", {}, ...Object.entries(surfaces).map(([name, { label }]) => element("option", { value: name }, label)));
    select.addEventListener("change", () => changed(select.value));
    return { select, node: element("label", {}, `${called} `, select) };
  }

  // The ring that a reader drags, or moves with the arrow keys: where a run starts. `moved` is called after every move.
  function starter(stage, start, label, moved) {
    const node = element("div", { class: "live-handle", role: "slider", tabindex: "0", "aria-label": label });
    stage.node.append(node);
    const place = () => { node.style.left = `${stage.left(start[0])}px`; node.style.top = `${stage.top(start[1])}px`; };
    function moveTo(point_) {
      [start[0], start[1]] = stage.inside(point_);
      node.setAttribute("aria-valuemin", stage.x0); node.setAttribute("aria-valuemax", stage.x1);
      node.setAttribute("aria-valuenow", start[0].toFixed(2));
      node.setAttribute("aria-valuetext", point(...start));
    }
    const under = (event) => {
      const frame = stage.node.getBoundingClientRect();
      return stage.at(event.clientX - frame.left - stage.node.clientLeft, event.clientY - frame.top - stage.node.clientTop);
    };
    node.addEventListener("pointerdown", (event) => { node.setPointerCapture(event.pointerId); node.focus({ preventScroll: true }); event.preventDefault(); });
    node.addEventListener("pointermove", (event) => { if (node.hasPointerCapture(event.pointerId)) { moveTo(under(event)); moved(); } });
    stage.node.addEventListener("click", (event) => { if (event.target !== node) { moveTo(under(event)); moved(); } });
    node.addEventListener("keydown", (event) => {
      const { x0, x1, y0, y1 } = stage, pace = event.shiftKey ? 0.05 : 0.01;
      const [right, up] = { ArrowLeft: [-pace, 0], ArrowRight: [pace, 0], ArrowUp: [0, pace], ArrowDown: [0, -pace] }[event.key] || [0, 0];
      if (!right && !up) return;
      event.preventDefault();
      moveTo([start[0] + right * (x1 - x0), start[1] + up * (y1 - y0)]);
      moved();
    });
    return { node, place, moveTo };
  }

  // "Predict, then try": what the page can check it ticks, once, and says so. A task is { text, done }, `done` a function.
  function tasks(list) {
    const node = element("ul", { class: "live-tasks" }), said = element("span", { class: "live-said", role: "status" });
    const items = list.map(({ text }) => { const item = element("li", {}, element("span", { "aria-hidden": "true" }, "☐ "), text); node.append(item); return item; });
    const open = new Set(list.keys());
    function check() {
      for (const i of [...open]) if (list[i].done()) {
        open.delete(i);
        items[i].classList.add("done");
        items[i].firstChild.textContent = "☑ ";
        said.textContent = `Done: ${list[i].text}`;
      }
    }
    return { node: element("div", {}, node, said), check, left: () => open.size };
  }

  const folded = (title, ...nodes) => element("details", { class: "live-more" }, element("summary", {}, title), ...nodes);
  const swatch = ({ color, dash }) => element("span", { class: `live-swatch ${dash}`, style: `border-color: var(--live-${color})` });
  const flat = (array) => (array instanceof Float64Array ? [...array] : [...array].map(String));

  return { Stage, Plot, Player, DASHES, element, flat, folded, number, power, point, slider, sliders, spelled, swatch, palette, fit, mount, announcer, chooser, starter, tasks, clamp, reducedMotion };
})();
