// Runs kernels on given inputs and returns what they leave behind; numbers travel as base64 of their 8 bytes, so that
// nothing is rounded on the way and NaN arrives. In node: node answer.js nnopt.js kernels-gradient.js < cases.json > answers.json
async function answer(cases) {
  const nn = await nnopt.load(Object.keys(nnopt.sections)[0]), pool = new Map();
  const unpack = (text, target) => { const s = atob(text); for (let i = 0; i < s.length; i++) target[i] = s.charCodeAt(i); };
  const pack = (source) => { let s = ""; for (const byte of source) s += String.fromCharCode(byte); return btoa(s); };
  const bytes = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

  function borrow(dtype, shape, place) {   // arrays are never freed: each kernel's k-th argument of a shape has its own
    const key = [dtype, shape, place].join();
    if (!pool.has(key)) pool.set(key, nn.array(dtype, shape));
    return pool.get(key);
  }

  // A move of an optimizer, from the arrays of the message.
  function moved({ optimizer, surface, fields, given, arrays, t }) {
    const then = nn.mark(), data = {};
    for (const [name, { shape, values }] of Object.entries(given)) data[name] = nn.array("float64", shape, values);
    const run = nn.run({ optimizer, problem: surface, fields, arrays: data });
    const own = { ...run.arrays, ledger: run.ledger, rng: run.rng };
    for (const [name, { data }] of Object.entries(arrays)) unpack(data, bytes(own[name]));
    run.t = t;
    run.move();
    run.ledger[nnopt.sections[nn.section].constants.MADE] = run.ledger[nnopt.sections[nn.section].constants.PROGRESS] = 0;
    const answer = { arrays: Object.keys(arrays).map((name) => pack(bytes(own[name]))), returned: null };
    nn.release(then);
    return answer;
  }

  return cases.map((message) => {
    if (message.optimizer) return moved(message);
    const { kernel, args } = message;
    const given = args.map((arg, place) => {
      if (arg.shape === undefined) return arg.dtype === "float64" ? new Float64Array(Uint8Array.from(atob(arg.data), (c) => c.charCodeAt(0)).buffer)[0] : arg.value;
      const array = borrow(arg.dtype, arg.shape, place);
      unpack(arg.data, bytes(array));
      return array;
    });
    const returned = nn.kernels[kernel](...given);
    return {
      arrays: given.filter((value) => typeof value !== "number").map((array) => pack(bytes(array))),
      returned: returned === undefined ? null : pack(bytes(Float64Array.of(returned))),
    };
  });
}

if (typeof process !== "undefined" && process.argv[1]) {
  const fs = require("fs"), vm = require("vm");
  for (const file of process.argv.slice(2)) vm.runInThisContext(fs.readFileSync(file, "utf8"), file);
  answer(JSON.parse(fs.readFileSync(0, "utf8"))).then((answers) => fs.writeFileSync(1, JSON.stringify(answers)));
}
