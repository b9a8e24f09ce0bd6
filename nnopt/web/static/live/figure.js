// What the live figures share: the surface under them, the plot beneath, controls, and the playback of a computed run.
"use strict";
nnopt.live = (() => {
  // What is shown of each test function: the rectangle [x0, x1, y0, y1], the numbers that its kernels read, its minima; heights
  // are drawn as log(f + soft * range): the softer, the more even.
  const SURFACES = {
    quadratic: { label: "Quadratic bowl", box: [-5, 5, -3.2, 3.2], soft: 3e-3, data: [1, 25], minima: [[0, 0]] },
    rosenbrock: { label: "Rosenbrock's valley", box: [-2.1, 2.1, -0.8, 2.6], soft: 1e-3, minima: [[1, 1]] },
    himmelblau: { label: "Himmelblau's four valleys", box: [-5.5, 5.5, -5.2, 5.2], soft: 3e-3,
      minima: [[3, 2], [-2.805118, 3.131313], [-3.77931, -3.283186], [3.584428, -1.848127]] },
    rastrigin: { label: "Rastrigin's dents", box: [-5.12, 5.12, -5.12, 5.12], soft: 0.3, levels: 9, minima: [[0, 0]] },
    ackley: { label: "Ackley's funnel", box: [-10, 10, -10, 10], soft: 1, levels: 10, minima: [[0, 0]] },
  };

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

  // A labelled range input. `show` turns its position into the number that is meant, `text` into what is read.
  function slider(parent, { label, min, max, step, value, show = (v) => v, text = number }, changed) {
    const input = element("input", { type: "range", min, max, step });
    const output = element("output");
    parent.append(element("label", { class: "live-slider" }, element("span", {}, label, output), input));
    const control = {
      input,
      get value() { return show(+input.value); },
      set(position) { input.value = position; control.refresh(); },
      refresh() { output.value = text(control.value); input.setAttribute("aria-valuetext", text(control.value)); },
    };
    input.addEventListener("input", () => { control.refresh(); changed(); });
    control.set(value);
    return control;
  }

  // Colours are those of live.css, read again when the page changes between light and dark.
  function palette(root) {
    const style = getComputedStyle(root), colors = { font: style.fontFamily };
    for (const name of ["paper", "valley", "peak", "contour", "ink", "soft-ink", "line", "blue", "orange", "accent"])
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
    constructor(nn, description) {
      this.nn = nn;
      this.x = nn.zeros(2);
      this.data = nn.zeros(2);
      this.ground = element("canvas", { "aria-hidden": "true" });
      this.canvas = element("canvas", { role: "img", "aria-label": description });
      this.node = element("div", { class: "live-stage" }, this.ground, this.canvas);
    }

    show(name) {
      this.name = name;
      this.surface = SURFACES[name];
      this.data.set(this.surface.data || [0, 0]);
      this.takesData = nnopt.signatures[`${name}_value`].args.length === 2;
    }

    value(x) {
      const kernel = this.nn.kernels[`${this.name}_value`];
      return this.takesData ? kernel(x, this.data) : kernel(x);
    }

    gradient(x, grad) {
      const kernel = this.nn.kernels[`${this.name}_gradient`];
      if (this.takesData) kernel(x, this.data, grad); else kernel(x, grad);
    }

    // Between the plane of the function and the pixels of the stage.
    left(x) { const [x0, x1] = this.surface.box; return ((x - x0) / (x1 - x0)) * this.node.clientWidth; }
    top(y) { const [, , y0, y1] = this.surface.box; return ((y1 - y) / (y1 - y0)) * this.node.clientHeight; }
    at(left, top) {
      const [x0, x1, y0, y1] = this.surface.box;
      return [clamp(x0 + (left / this.node.clientWidth) * (x1 - x0), x0, x1), clamp(y1 - (top / this.node.clientHeight) * (y1 - y0), y0, y1)];
    }

    // Heights on a coarse grid, in the logarithm, scaled to 0 ... 1.
    heights(columns, rows) {
      const [x0, x1, y0, y1] = this.surface.box, heights = new Float64Array(columns * rows);
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
      const context = fit(this.ground), { width, height } = this.ground, levels = this.surface.levels || 15;
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
  // Curves over steps, on a logarithmic scale; the part already played is strong, the rest faint.
  class Plot {
    constructor(description, { title, decades, steps }) {
      Object.assign(this, { title, decades, steps });
      this.canvas = element("canvas", { role: "img", "aria-label": description });
      this.node = element("div", { class: "live-plot" }, this.canvas);
    }

    draw(curves, played, colors) {
      const context = fit(this.canvas), { clientWidth: width, clientHeight: height } = this.canvas;
      const [low, high] = this.decades, left = 44, right = width - 14, top = 24, bottom = height - 26;
      const across = (step) => left + (step / this.steps) * (right - left);
      const down = (value) => bottom - ((clamp(Math.log10(value), low, high) - low) / (high - low)) * (bottom - top);
      context.clearRect(0, 0, width, height);
      context.font = `12px ${colors.font}`;
      context.fillStyle = colors["soft-ink"];
      context.strokeStyle = colors.line;
      context.lineWidth = 1;
      const every = high - low > 8 ? 4 : 2;
      for (let decade = Math.ceil(low); decade <= high; decade++) {
        if (decade % every) continue;
        const y = Math.round(down(10 ** decade)) + 0.5;
        context.beginPath(); context.moveTo(left, y); context.lineTo(right, y); context.stroke();
        context.textAlign = "right"; context.textBaseline = "middle";
        context.fillText(decade === 0 ? "1" : power(decade), left - 7, y);
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
          for (let step = 0; step <= end; step++) {
            const y = Number.isFinite(values[step]) ? down(Math.max(values[step], 1e-300)) : top;
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
        context.arc(across(played), Number.isFinite(values[played]) ? down(Math.max(values[played], 1e-300)) : top, 4.5, 0, 7);
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
  // Replaces the static picture in <div class="nnopt-live" data-figure="name"> once the kernels run; else it stays.
  const state = (window.__nnopt_live = {});

  async function mount(name, build) {
    for (const root of document.querySelectorAll(`.nnopt-live[data-figure="${name}"]`)) {
      try {
        const nn = await nnopt.load(), content = document.createDocumentFragment();
        const { redraw, record } = build(root, nn, content);
        root.replaceChildren(content);
        new ResizeObserver(redraw).observe(root);
        onThemeChange(redraw);
        redraw();
        state[name] = { nn, record };
      } catch (error) {
        console.error(`nnopt: the figure ${name} stays a picture`, error);
      }
    }
  }

  // What the figure says now, for those who do not see it; spoken when things have come to rest.
  function announcer() {
    const node = element("p", { class: "live-summary", "aria-live": "polite" });
    let timer;
    return { node, say(text) { clearTimeout(timer); timer = setTimeout(() => { node.textContent = text; }, 300); } };
  }

  function chooser(names, chosen, changed) {
    const select = element("select", {}, ...names.map((name) => element("option", { value: name }, SURFACES[name].label)));
    select.value = chosen;
    select.addEventListener("change", () => changed(select.value));
    return { select, node: element("label", {}, "Surface ", select) };
  }

  return { SURFACES, Stage, Plot, Player, element, number, power, point, slider, palette, fit, mount, announcer, chooser, clamp, reducedMotion };
})();
