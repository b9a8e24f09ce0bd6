// The kernels and optimizers of nnopt, in the browser or in node: arrays and numbers in, results in place, as in Python.
//
//   const nn = await nnopt.load("gradient");
//   const theta = nn.array("float64", [2], [-1.2, 1]), grad = nn.array("float64", [2]);
//   nn.kernels.rosenbrock_gradient(theta, grad);
//   nn.kernels.gd(theta, grad, 0.001);
//
//   const run = nn.run({ optimizer: "Adam", problem: "rosenbrock", fields: { lr: 0.1 }, start: [-1.2, 1] });
//   run.move();                         // the look at the start; every further move is a step
//   run.move(); run.arrays.theta; run.value;
//   nn.run({ optimizer: "Adam", look: (theta, grad) => ..., dim: 105, start });   // of a function in JavaScript
//
// An array is a typed array over the module's own memory, with its shape. Arrays are freed all at once: `const then = nn.mark();
// ...; nn.release(then)` gives back the memory of what was made in between.
// `kernels-gradient.js`, loaded after this file, holds the module; neither asks for another file, so a page opens from a disk.
"use strict";
var nnopt = (() => {
  const ARRAYS = { float64: Float64Array, int64: BigInt64Array, uint64: BigUint64Array };

  async function load(section) {
    const { wasm, signatures, optimizers, problems, constants } = nnopt.sections[section];
    const bytes = Uint8Array.from(atob(wasm), (letter) => letter.charCodeAt(0));
    const { instance } = await WebAssembly.instantiate(bytes, {});
    const { memory, __heap_base, ...functions } = instance.exports;
    const ours = new Map();   // array -> what its WebAssembly functions take for it: address and shape
    let top = (__heap_base.value + 63) & ~63;

    function array(dtype, shape, values) {
      if (!(dtype in ARRAYS)) throw new TypeError(`an array is of float64, int64 or uint64, not of ${dtype}`);
      if (!shape.every((length) => Number.isInteger(length) && length >= 0)) throw new TypeError(`a shape is a list of lengths, not [${shape}]`);
      const size = shape.reduce((product, length) => product * length, 1);
      if (top + 8 * size > memory.buffer.byteLength) throw new RangeError(`no room for ${size} more numbers: release what is not needed`);
      const made = new ARRAYS[dtype](memory.buffer, top, size);
      made.shape = [...shape];
      ours.set(made, { dtype, ndim: shape.length, passed: [top, ...shape] });
      top += (8 * size + 63) & ~63;
      made.fill(dtype === "float64" ? 0 : 0n);
      if (values) made.set(dtype === "float64" ? values : Array.from(values, BigInt));
      return made;
    }

    // The same numbers in another shape, from one of them on: a layer's W and b are views of all weights.
    function view(array, shape, from = 0) {
      const { dtype, passed: [begin] } = ours.get(array), size = shape.reduce((product, length) => product * length, 1);
      if (from + size > array.length) throw new RangeError(`an array of ${array.length} numbers has no ${size} from number ${from} on`);
      const made = new ARRAYS[dtype](memory.buffer, begin + 8 * from, size);
      made.shape = [...shape];
      ours.set(made, { dtype, ndim: shape.length, passed: [begin + 8 * from, ...shape] });
      return made;
    }

    const mark = () => top;
    function release(then) {
      for (const [made, { passed }] of ours) if (passed[0] >= then) ours.delete(made);
      top = then;
    }

    function pass(kernel, { name, dtype, ndim }, value, flat) {
      if (ndim > 0) {
        const known = ours.get(value);
        if (!known || known.dtype !== dtype || known.ndim !== ndim)
          throw new TypeError(`${kernel}: ${name} must be an array("${dtype}", shape) whose shape has ${ndim} length${ndim > 1 ? "s" : ""}`);
        for (let i = 0; i <= ndim; i++) flat.push(known.passed[i]);
      } else if (typeof value === "number" && (dtype === "float64" || Number.isInteger(value))) flat.push(value);
      else throw new TypeError(`${kernel}: ${name} must be ${dtype === "float64" ? "a number" : "an integer"}, not ${value}`);
    }

    function kernel(name, { args }) {
      const flat = [], run = functions[name];   // flat is reused: a call allocates nothing
      return (...given) => {
        if (given.length !== args.length) throw new TypeError(`${name} takes (${args.map((a) => a.name).join(", ")}), not ${given.length} arguments`);
        flat.length = 0;
        for (let k = 0; k < args.length; k++) pass(name, args[k], given[k], flat);
        return run(...flat);
      };
    }

    const kernels = {};
    for (const [name, signature] of Object.entries(signatures)) kernels[name] = kernel(name, signature);

    // ------------------------------------------------------------ a run of an optimizer, move by move
    // What Python's loop hands to a move, laid out as there: the numbers, the ledger, and the table of addresses, in which stand the
    // objective and its arrays, the generator, sizes and the optimizer's own arrays, all of which are views that one may look at.
    const address = (made) => BigInt(ours.get(made).passed[0]);

    // A gradient method can be given, instead of a problem, a function `look(theta, grad)` that writes the gradient and returns the
    // value, such as a network's: a move ends with its look, so what it has seen of another function is written over before the next.
    function run({ optimizer, look, problem = look && "sphere", fields = {}, arrays = {}, start, box, dim = 2, seed = 0, budget = Infinity, points = "reals" }) {
      const known = optimizers[optimizer], move = functions[`${optimizer}_${points}`], at = constants;
      if (!known || !move) throw new TypeError(`there is no optimizer ${optimizer} of ${points}; there are ${Object.keys(optimizers).join(", ")}`);
      if (!(problem in problems)) throw new TypeError(`there is no problem ${problem}; there are ${Object.keys(problems).join(", ")}`);
      if (look && known.family !== "gradient") throw new TypeError(`${optimizer} evaluates more than once a move: it takes a problem, not look`);
      const values = Object.fromEntries(known.fields.map(({ name, value }) => [name, fields[name] ?? value]));
      const sizes = { d: dim, n: values.population_size ?? 1, ...values };
      const own = {};
      for (const { name, dtype, shape } of known.arrays) {
        const kind = dtype === "point" ? (points === "reals" ? "float64" : "int64") : dtype;
        own[name] = array(kind, shape.map((side) => sizes[side] ?? side));
      }
      const rng = array("uint64", [1], [seed]), rows = array("int64", [0]), ledger = array("float64", [at.ENTRIES]);
      const hyper = array("float64", [known.fields.length], known.fields.map(({ name, names }) => (names ? names.indexOf(values[name]) : Number(values[name]))));

      const data = [rng, 0];
      for (const name of problems[problem]) data.push(arrays[name], ...arrays[name].shape);
      const table = (entries) => array("int64", [entries.length], entries.map((entry) => (typeof entry === "object" ? address(entry) : entry)));
      const head = Array(at.OWN).fill(0), given = table(data);
      Object.assign(head, { [at.OBJECTIVE]: functions[`${problem}_objective`](), [at.GIVEN]: given, [at.LENGTH]: data.length, [at.RNG]: rng });
      const things = table([...head, ...known.sizes.map((side) => sizes[side]), ...known.arrays.map(({ name }) => own[name])]);

      for (const [entry, value] of [[at.LEAST, Infinity], [at.TARGET, -Infinity], [at.BUDGET, budget], [at.COST, 1], [at.RATE, 1],
        [at.GTOL, -1], [at.FTOL, -1], [at.XTOL, -1]]) ledger[entry] = value;
      ledger[at.FRAIL] = known.frail ? 1 : 0;
      if (start) (own.theta || own.x0).set(start);
      if (start && own.started) own.started[0] = 1n;
      if (box) { own.lower.set(box.map(([low]) => low)); own.upper.set(box.map(([, high]) => high)); }
      if (own.f) { own.f.fill(Infinity); own.asked[0] = BigInt(sizes.n); }

      return {
        arrays: own, ledger, rng, t: 0,
        move() {
          const least = ledger[at.LEAST], begun = ledger[at.SPENT] > 0;
          ledger[at.PROGRESS] = ledger[at.SPENT] / ledger[at.BUDGET];
          if (look) ledger[at.LEAST] = -Infinity;   // nothing is entered as the best that the function in its place says
          move(ours.get(things).passed[0], things.length, ours.get(rows).passed[0], 0, ours.get(ledger).passed[0], ledger.length,
            ours.get(hyper).passed[0], hyper.length, this.t);
          if (look) {
            const value = (ledger[at.VALUE] = look(own.theta, own.grad)), better = Number.isFinite(value) && value < least;
            if (better || !begun) own.best.set(own.theta);
            ledger[at.LEAST] = better ? value : least;
          }
          this.t += 1;
        },
        get value() { return ledger[at.VALUE]; },   // where the method is, or the least of a generation
        get least() { return ledger[at.LEAST]; },   // of all that it has seen
      };
    }

    return { section, kernels, optimizers, signatures, array, view, run, mark, release, zeros: (...shape) => array("float64", shape) };
  }
  return { load, sections: {} };
})();
