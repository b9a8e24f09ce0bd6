// Runs kernels on given inputs and returns what they leave behind; numbers travel as base64 of their 8 bytes, so that
// nothing is rounded on the way and NaN arrives. In node: node answer.js nnopt.js kernels.js < cases.json > answers.json
async function answer(cases) {
  const nn = await nnopt.load(), pool = new Map();
  const unpack = (text, target) => { const s = atob(text); for (let i = 0; i < s.length; i++) target[i] = s.charCodeAt(i); };
  const pack = (source) => { let s = ""; for (const byte of source) s += String.fromCharCode(byte); return btoa(s); };
  const bytes = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

  function borrow(dtype, shape, place) {   // arrays are never freed: each kernel's k-th argument of a shape has its own
    const key = [dtype, shape, place].join();
    if (!pool.has(key)) pool.set(key, nn.array(dtype, shape));
    return pool.get(key);
  }

  return cases.map(({ kernel, args }) => {
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
