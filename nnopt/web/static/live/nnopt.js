// The kernels of nnopt, in the browser or in node: arrays and numbers in, results in place, as in Python.
//
//   const nn = await nnopt.load();
//   const theta = nn.array("float64", [2], [-1.2, 1]), grad = nn.array("float64", [2]);
//   nn.kernels.rosenbrock_gradient(theta, grad);
//   nn.kernels.gd(theta, grad, 0.001);
//
// An array is a typed array over the module's own memory, with its shape. It is never freed: make arrays once, and reuse them.
// `kernels.js`, loaded after this file, holds the module; neither asks for another file, so a page opens from a disk.
"use strict";
var nnopt = (() => {
  const ARRAYS = { float64: Float64Array, int64: BigInt64Array, uint64: BigUint64Array };

  async function load() {
    const bytes = Uint8Array.from(atob(nnopt.wasm), (letter) => letter.charCodeAt(0));
    const { instance } = await WebAssembly.instantiate(bytes, {});
    const { memory, __heap_base, ...functions } = instance.exports;
    const ours = new Map();   // array -> what its WebAssembly functions take for it: address and shape
    let top = (__heap_base.value + 63) & ~63;

    function array(dtype, shape, values) {
      if (!(dtype in ARRAYS)) throw new TypeError(`an array is of float64, int64 or uint64, not of ${dtype}`);
      if (!shape.every((length) => Number.isInteger(length) && length >= 0)) throw new TypeError(`a shape is a list of lengths, not [${shape}]`);
      const size = shape.reduce((product, length) => product * length, 1);
      if (top + 8 * size > memory.buffer.byteLength) throw new RangeError(`no room for ${size} more numbers: arrays are never freed`);
      const made = new ARRAYS[dtype](memory.buffer, top, size);
      made.shape = [...shape];
      ours.set(made, { dtype, ndim: shape.length, passed: [top, ...shape] });
      top += (8 * size + 63) & ~63;
      made.fill(dtype === "float64" ? 0 : 0n);
      if (values) made.set(values);
      return made;
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
    for (const [name, signature] of Object.entries(nnopt.signatures)) kernels[name] = kernel(name, signature);
    return { kernels, array, zeros: (...shape) => array("float64", shape) };
  }
  return { load };
})();
