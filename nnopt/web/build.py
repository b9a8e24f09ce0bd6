"""``python -m nnopt.web.build``: every kernel of the library, as one WebAssembly module that a page opens from a file.

Numba compiles each kernel to LLVM's intermediate language, llvmlite turns that into one object file for wasm32, and LLVM's
linker ``wasm-ld`` adds exp, log, sin and their kin from wasi-libc. Nothing is listed here: kernels are found by walking the
package, and their annotations are the signatures of what is exported. The module imports nothing, so a kernel that needs a
runtime (it allocates, raises, sorts, calls BLAS) fails to link; such a kernel says ``@kernel(browser=False)``.

The result, ``static/live/kernels.js``, stands in the repository: only who changes a kernel needs the linker (Debian:
``apt-get install lld wasi-libc``). ``--check`` builds again and compares, changing nothing.
"""

import argparse
import base64
import importlib
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

BUILT = Path(__file__).parent / "static" / "live" / "kernels.js"
LIBRARIES = ("/usr/lib/wasm32-wasi", "/opt/wasi-sdk/share/wasi-sysroot/lib/wasm32-wasi")
SKIPPED = ("nnopt.grader", "nnopt.cli", "nnopt.web")
TRIPLE = "wasm32-unknown-unknown"

# Numba reads its settings when it is imported, and what comes from a cache has no intermediate language to translate:
# the build is a process of its own. Vector instructions and the builder's processor would not survive the translation.
ENVIRONMENT = dict(
    NUMBA_OPT="0", NUMBA_LOOP_VECTORIZE="0", NUMBA_SLP_VECTORIZE="0", NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="",
    NUMBA_DISABLE_JIT="0", NNOPT_JIT="1", PYTHONHASHSEED="0",
)  # fmt: skip

# What Numba's code asks of its runtime. Arrays belong to the page, so nothing is ever freed; they are contiguous, so a
# reshape is a matter of strides alone; and wasm has a square root of its own.
RUNTIME = """
declare double @llvm.sqrt.f64(double)
declare void @llvm.trap()

define linkonce_odr double @sqrt(double %x) alwaysinline {
  %root = call double @llvm.sqrt.f64(double %x)
  ret double %root
}

define linkonce_odr void @NRT_MemInfo_call_dtor(ptr %meminfo) {
  call void @llvm.trap()
  unreachable
}

define linkonce_odr i32 @numba_attempt_nocopy_reshape(
    i64 %nd, ptr %dims, ptr %strides, i64 %newnd, ptr %newdims, ptr %newstrides, i64 %itemsize, i32 %fortran) {
entry:
  br label %loop
loop:
  %axis = phi i64 [ %newnd, %entry ], [ %before, %body ]
  %stride = phi i64 [ %itemsize, %entry ], [ %wider, %body ]
  %done = icmp eq i64 %axis, 0
  br i1 %done, label %end, label %body
body:
  %before = sub i64 %axis, 1
  %place = getelementptr i64, ptr %newstrides, i64 %before
  store i64 %stride, ptr %place
  %size = getelementptr i64, ptr %newdims, i64 %before
  %length = load i64, ptr %size
  %wider = mul i64 %stride, %length
  br label %loop
end:
  ret i32 1
}
"""


class BuildError(Exception):
    """The module cannot be built; the message is for the reader of the terminal."""


def kernels():
    """Name -> kernel, sorted by name, of all that the browser gets."""
    import nnopt

    from .._jit import Kernel

    found = {}
    for info in pkgutil.walk_packages(nnopt.__path__, "nnopt."):
        if info.name.startswith(SKIPPED):
            continue
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Kernel) and value.__module__ == info.name and value.__wrapped__.browser:
                other = found.setdefault(value.__name__, value)
                if other is not value:
                    raise BuildError(f"two kernels are named {value.__name__}: in {other.__module__} and in {info.name}")
    return dict(sorted(found.items()))


def describe(kernel):
    """What the loader needs to know of a kernel: the arguments' names, types and numbers of dimensions, and the result."""
    from .._jit import numba, parameters, signature

    nb, spelled = numba(), signature(kernel.__wrapped__)
    arguments = []
    for name, kind in zip(parameters(kernel), spelled.args):
        is_array = isinstance(kind, nb.types.Array)
        dtype, ndim = (kind.dtype, kind.ndim) if is_array else (kind, 0)
        arguments.append({"name": name, "dtype": str(dtype), "ndim": ndim})
    return {"args": arguments, "returns": str(spelled.return_type)}


def face(name, numba_name, description):
    """The function that JavaScript calls, in LLVM's language: an array is a pointer and its shape, an integer has 32 bits.

    Numba's own functions want of an array (meminfo, parent, number of items, bytes an item, data, shape..., strides...).
    """
    takes, before, passes = [], [], []
    for k, argument in enumerate(description["args"]):
        if argument["ndim"] == 0:
            if argument["dtype"] == "float64":
                takes.append(f"double %a{k}")
                passes.append(f"double %a{k}")
            else:
                takes.append(f"i32 %a{k}")
                before.append(f"%i{k} = sext i32 %a{k} to i64")
                passes.append(f"i64 %i{k}")
            continue
        axes = range(argument["ndim"])
        takes += [f"ptr %p{k}", *(f"i32 %n{k}_{axis}" for axis in axes)]
        before += [f"%d{k}_{axis} = zext i32 %n{k}_{axis} to i64" for axis in axes]
        size, stride, strides = "1", "8", []
        for axis in reversed(axes):
            strides.insert(0, stride)
            before += [f"%c{k}_{axis} = mul i64 {size}, %d{k}_{axis}", f"%s{k}_{axis} = mul i64 {stride}, %d{k}_{axis}"]
            size, stride = f"%c{k}_{axis}", f"%s{k}_{axis}"
        passes += ["ptr null", "ptr null", f"i64 {size}", "i64 8", f"ptr %p{k}"]
        passes += [*(f"i64 %d{k}_{axis}" for axis in axes), *(f"i64 {stride}" for stride in strides)]

    slot, returned, finish = {
        "float64": ("double", "double", "%r = load double, ptr %result\n  ret double %r"),
        "int64": ("i64", "i32", "%r = load i64, ptr %result\n  %short = trunc i64 %r to i32\n  ret i32 %short"),
        "none": ("ptr", "void", "ret void"),
    }[description["returns"]]
    types = "".join(", " + argument.split()[0] for argument in passes)
    given = "".join(", " + argument for argument in passes)
    lines = "\n  ".join(before)
    return f"""
declare i32 @{numba_name}(ptr, ptr{types})
define {returned} @{name}({", ".join(takes)}) nounwind {{
  %result = alloca {slot}, align 8
  %exception = alloca ptr, align 8
  {lines}
  %status = call i32 @{numba_name}(ptr %result, ptr %exception{given})
  %raised = icmp ne i32 %status, 0
  br i1 %raised, label %trap, label %ok
trap:
  call void @llvm.trap()
  unreachable
ok:
  {finish}
}}
"""


def object_file(found, table):
    """All kernels, optimized, as the bytes of one wasm32 object file."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu="generic", features="+bulk-memory,+nontrapping-fptoint", opt=2, reloc="static", codemodel="default"
    )
    target = f'target datalayout = "{machine.target_data}"\ntarget triple = "{TRIPLE}"\n'

    def for_wasm(text):
        text = re.sub(r"^target (datalayout|triple) = .*\n", "", text, flags=re.MULTILINE)
        return llvm.parse_assembly(target + re.sub(r'"(probe-stack|target-cpu|target-features)"="[^"]*"', "", text))

    module, faces = for_wasm(""), []
    for name, kernel in found.items():
        arguments = kernel_types(kernel)
        kernel.jitted.compile(arguments)
        compiled = kernel.jitted.overloads[arguments]
        module.link_in(for_wasm(compiled.library.get_llvm_str()))
        faces.append(face(name, compiled.fndesc.llvm_func_name, table[name]))
    module.link_in(for_wasm(RUNTIME + "".join(faces)))
    for thing in [*module.functions, *module.global_variables]:
        if not thing.is_declaration and thing.name not in found:
            thing.linkage = "internal"  # Numba's wrappers for Python vanish as nobody calls them
    module.verify()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    return machine.emit_object(module)


def kernel_types(kernel):
    from .._jit import signature

    return signature(kernel.__wrapped__).args


def linker():
    """Every ``wasm-ld`` of this machine, and the folder with wasi-libc's ``libc.a``."""
    names = ["wasm-ld", *(f"wasm-ld-{version}" for version in range(40, 13, -1))]
    programs = [path for path in map(shutil.which, names) if path]
    folders = [folder for folder in LIBRARIES if Path(folder, "libc.a").exists()]
    if not programs or not folders:
        missing = " and ".join(["wasm-ld"] * (not programs) + ["wasi-libc"] * (not folders))
        raise BuildError(f"{missing} not found; on Debian: apt-get install lld wasi-libc")
    return programs, folders[0]


def link(code, names):
    """The module as bytes, linked by the first linker that understands this LLVM's object files."""
    programs, folder = linker()
    options = [
        "--no-entry", "--strip-all", "--gc-sections", "--stack-first", "-z", "stack-size=65536",
        "--initial-memory=4194304", "--export=__heap_base", *(f"--export={name}" for name in names),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "kernels.o"), Path(scratch, "kernels.wasm")
        source.write_bytes(code)
        for program in programs:
            command = [program, *options, "-o", target, source, f"-L{folder}", "-lc"]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode == 0:
                return target.read_bytes()
    raise BuildError(f"{program} refuses; a kernel that needs a runtime is no kernel for the browser:\n{done.stderr}")


def build():
    """The text of ``kernels.js``."""
    warnings.filterwarnings("ignore", message="Cannot cache compiled function")
    found = kernels()
    table = {name: describe(kernel) for name, kernel in found.items()}
    wasm = link(object_file(found, table), found)
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in table.items())
    return (
        "// Built by `python -m nnopt.web.build` from the kernels of nnopt: do not edit.\n"
        f"nnopt.signatures = {{\n{rows}\n}};\n"
        f'nnopt.wasm = "{base64.b64encode(wasm).decode()}";\n'
    )


def signatures(text):
    """The table of a ``kernels.js``: name -> arguments and result."""
    return json.loads(re.search(r"^nnopt\.signatures = (\{.*?^\});$", text, re.MULTILINE | re.DOTALL)[1])


def compare(old, new):
    """Fail if two builds do not export the same functions."""
    before, after = signatures(old), signatures(new)
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    if changed:
        raise BuildError(f"{BUILT.name} is stale in {', '.join(changed)}; run `python -m nnopt.web.build`")
    same = "byte for byte" if old == new else "though not its bytes: another version of Numba or of the linker"
    print(f"{BUILT.name} is up to date in all {len(after)} signatures, {same}")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m nnopt.web.build", description="Build the kernels for the browser.")
    parser.add_argument("--check", action="store_true", help="compare with the built file, and change nothing")
    parser.add_argument("--out", type=Path, default=BUILT, help="the file to write (default: %(default)s)")
    options = parser.parse_args(arguments)
    if not os.environ.get("NNOPT_WEB_BUILD"):
        command = [sys.executable, "-m", "nnopt.web.build", *(sys.argv[1:] if arguments is None else arguments)]
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, **ENVIRONMENT, "NNOPT_CACHE": cache, "NNOPT_WEB_BUILD": "1"}
            return subprocess.run(command, env=environment).returncode
    try:
        text = build()
        if options.check:
            compare(BUILT.read_text(encoding="utf8"), text)
            return 0
    except BuildError as error:
        print(f"nnopt.web.build: {error}", file=sys.stderr)
        return 1
    options.out.write_text(text, encoding="utf8")
    print(f"{options.out}: {len(signatures(text))} kernels, {len(text) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
