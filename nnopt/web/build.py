"""``python -m nnopt.web.build``: kernels and optimizers as WebAssembly modules, one a section, that a page opens from a file.

Numba compiles each kernel to LLVM's intermediate language, llvmlite turns that into one object file for wasm32, and LLVM's
linker ``wasm-ld`` adds exp, log, sin and their kin from wasi-libc. Nothing is listed here: kernels, optimizers and problems are
found by walking the package. Of an optimizer its *bound move* is exported, the very function that Python's loop runs, with the
layout of its memory and the names and intervals of its hyperparameters. A module imports nothing, so a kernel that needs a
runtime (it allocates, raises, sorts, calls BLAS) fails to link; such a kernel says ``@kernel(browser=False)``.

The results, ``static/live/kernels-SECTION.js``, stand in the repository: only who changes a kernel needs the linker (Debian:
``apt-get install lld wasi-libc``). ``make book`` builds those whose sources have changed. ``--check`` builds again and compares,
changing nothing.
"""

import argparse
import base64
import gzip
import importlib
import importlib.util
import inspect
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

LIVE = Path(__file__).parent / "static" / "live"
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


def modules():
    """Section -> the modules whose kernels its file holds: its own, and those of no section, which everything uses."""
    import nnopt

    names = [info.name for info in pkgutil.walk_packages(nnopt.__path__, "nnopt.") if not info.name.startswith(SKIPPED)]
    own = {name: name.split(".")[1] for name in names if name.split(".")[1] in nnopt._SECTIONS}
    sections = dict.fromkeys(own[name] for name in own if _has_kernels(name))
    return {section: [name for name in names if own.get(name, section) == section] for section in sections}


def _has_kernels(name):
    """Whether a module defines any for the browser: of a section without them, such as the applications, a page gets no file."""
    found = importlib.util.find_spec(name)
    text = "" if found is None else Path(str(found.origin)).read_text(encoding="utf8")
    return re.search(r"@kernel\b(?!\(browser=False\))", text) is not None


def kernels(section):
    """Name -> kernel, sorted by name, of all that a section's page gets."""
    from .._jit import Kernel

    found = {}
    for module in modules()[section]:
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, Kernel) and value.__module__ == module and value.__wrapped__.browser:
                other = found.setdefault(value.__name__, value)
                if other is not value:
                    raise BuildError(f"two kernels are named {value.__name__}: in {other.__module__} and in {module}")
    return dict(sorted(found.items()))


def optimizers(section):
    """Name -> class of a section's public optimizers."""
    import nnopt

    from ..optimizer import Optimizer

    public = {name: getattr(nnopt, name) for name, module in nnopt._names().items() if module.startswith(f"nnopt.{section}.")}
    found = {name: cls for name, cls in sorted(public.items()) if isinstance(cls, type) and issubclass(cls, Optimizer) and kinds(cls)}
    return {name: cls for name, cls in found.items() if not sized_by_itself(cls)}


def sized_by_itself(cls):
    """Whether a method takes memory for more than the population that its field names, which a page does not know of."""
    from ..optimizer import PopulationMethod

    return issubclass(cls, PopulationMethod) and cls._size is not PopulationMethod._size


def kinds(cls):
    """The kinds of points for which the browser gets an optimizer's move: those where it asks a problem for nothing but values. Numba's
    calls of functions that return nothing, such as a neighbourhood's, fall back on Python."""
    from .._binding import functions_of

    return [kind for kind in cls.kinds() if functions_of(cls(), kind) <= {"fun"}]


def surfaces():
    """Name -> problem, of those that need no data and whose kernels the browser gets."""
    from .. import problems

    found = {}
    for name in sorted(problems._names()):
        maker = getattr(problems, name)
        if all(p.default is not p.empty for p in inspect.signature(maker).parameters.values()):
            problem = maker()
            if all(f is None or f.__wrapped__.browser for f in (problem.value, problem.gradient)):
                found[name] = problem
    return found


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


def outline(cls):
    """What JavaScript must know of an optimizer: its memory, in the order of its table, and its hyperparameters."""
    from .._binding import _layout
    from .._fields import hints
    from .._jit import parameters

    layout, optimizer = _layout(cls().owner), cls()
    dtypes = {"real": "float64", "point": "point", "data": "float64"}
    arrays = [
        {"name": name, "dtype": dtypes.get(space.kind, space.kind), "shape": list(space.shape)} for name, space in layout.spaces.items()
    ]
    values = {name: value(2) if callable(value) else value for name, value in vars(optimizer).items()}  # figures have two dimensions
    seen = {name for several in cls.kinds().get("reals", {}).values() for f in several for name in parameters(f)} | {"population_size"}
    fields = [
        {
            "name": name, "kind": kind.__name__, "interval": interval.text, "value": values[name],
            "marks": marks if name in seen or "reals" not in cls.kinds() else [*marks, "elsewhere"],  # of other kinds of points
            **({"names": interval.names} if kind is str else {}),
        }
        for name, (kind, interval, *marks) in hints(cls).items()
    ]  # fmt: skip
    family = cls.family.__name__.removesuffix("Method").lower()
    return dict(family=family, frail=cls.frail, points=kinds(cls), sizes=list(layout.sizes), arrays=arrays, fields=fields)


def bound_functions(section):
    """Name -> compiled function: the move of each optimizer for each kind of points, and the objective of each problem."""
    from .._jit import World

    moves = {
        f"{name}_{kind}": cls().compiled("move", World(kind)) for name, cls in optimizers(section).items() for kind in kinds(cls)
    }
    return moves, {f"{name}_objective": problem.objective(World(problem.points)) for name, problem in surfaces().items()}


def object_file(section, table):
    """All of a section, optimized, as the bytes of one wasm32 object file; and the names of what it exports."""
    import llvmlite.binding as llvm

    from .._loop import Move

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu="generic", features="+bulk-memory,+nontrapping-fptoint", opt=2, reloc="static", codemodel="default"
    )
    target = f'target datalayout = "{machine.target_data}"\ntarget triple = "{TRIPLE}"\n'

    def for_wasm(text):
        text = re.sub(r"^target (datalayout|triple) = .*\n", "", text, flags=re.MULTILINE)
        return llvm.parse_assembly(target + re.sub(r'"(probe-stack|target-cpu|target-features)"="[^"]*"', "", text))

    module, faces = for_wasm(""), {}
    for name, kernel in kernels(section).items():
        arguments = kernel_types(kernel)
        kernel.jitted.compile(arguments)
        compiled = kernel.jitted.overloads[arguments]
        module.link_in(for_wasm(compiled.library.get_llvm_str()))
        faces[name] = face(name, compiled.fndesc.llvm_func_name, table[name])
    moves, objectives = bound_functions(section)
    for name, compiled in {**moves, **objectives}.items():
        module.link_in(for_wasm(compiled.result.library.get_llvm_str()))
        inner = compiled.result.fndesc.llvm_func_name
        faces[name] = face(name, inner, describe(Move)) if name in moves else address(name, module.get_function(inner))
    module.link_in(for_wasm(RUNTIME + "".join(faces.values())))
    for thing in [*module.functions, *module.global_variables]:
        if not thing.is_declaration and thing.name not in faces:
            thing.linkage = "internal"  # Numba's wrappers for Python vanish as nobody calls them
    module.verify()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    return machine.emit_object(module), list(faces)


def address(name, function):
    """The function that tells JavaScript the number of another, by which a table of a move knows it."""
    return f"""
declare i32 @{function.name}(...)
define i32 @{name}() nounwind {{
  ret i32 ptrtoint (ptr @{function.name} to i32)
}}
"""


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


def sources(section):
    """A hash of all files that a section's module is made of."""
    from .._sources import digest_of

    files = [importlib.import_module(name).__file__ for name in modules()[section]]
    return digest_of(__file__, *filter(None, files))


def build(section):
    """The text of ``kernels-SECTION.js``."""
    from .. import _loop

    warnings.filterwarnings("ignore", message="Cannot cache compiled function")
    table = {name: describe(kernel) for name, kernel in kernels(section).items()}
    wasm = link(*object_file(section, table))
    problems = {name: list(problem.arrays) for name, problem in surfaces().items()}
    outlines = {name: outline(cls) for name, cls in optimizers(section).items()}
    return (
        f"// Built by `python -m nnopt.web.build`: do not edit. Sources: {sources(section)}\n"
        f"nnopt.sections.{section} = {{\n"
        f"constants: {json.dumps(_loop.CONSTANTS)},\n"
        f"problems: {json.dumps(problems)},\n"
        f"signatures: {rows(table)},\n"
        f"optimizers: {rows(outlines)},\n"
        f'wasm: "{base64.b64encode(wasm).decode()}",\n'
        "};\n"
    )


def rows(table):
    """JSON, a line an entry."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in table.items()) + "\n}"


def part(text, name):
    """A table of a built file: ``signatures``, ``optimizers``."""
    return json.loads(re.search(rf"^{name}: (\{{.*?^\}}),$", text, re.MULTILINE | re.DOTALL)[1])


def compare(section, old, new):
    """Fail if two builds do not export the same."""
    for what in ("signatures", "optimizers"):
        before, after = part(old, what), part(new, what)
        changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
        if changed:
            raise BuildError(f"{built(section).name} is stale in {', '.join(changed)}; run `python -m nnopt.web.build`")
    same = "byte for byte" if old == new else "though not its bytes: another version of Numba or of the linker"
    print(f"{built(section).name} is up to date, {same}")


def built(section):
    """The file of a section."""
    return LIVE / f"kernels-{section}.js"


def is_stale(section):
    """Whether a source of the section's file has changed since it was built."""
    return not built(section).exists() or f"Sources: {sources(section)}\n" not in built(section).read_text(encoding="utf8")[:200]


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m nnopt.web.build", description="Build the kernels for the browser.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="such as gradient (default: those whose sources changed)")
    parser.add_argument("--out", type=Path, help="the folder to write into (default: where the files stand)")
    parser.add_argument("--check", action="store_true", help="build all and compare, changing nothing")
    options = parser.parse_args(arguments)
    known = list(modules())
    if wrong := [section for section in options.sections if section not in known]:
        parser.error(f"{wrong[0]} is no section with kernels; there are {', '.join(known)}")
    todo = options.sections or [section for section in known if options.check or is_stale(section)]
    try:
        if todo:
            linker()  # before a minute of compiling
        if todo and not os.environ.get("NNOPT_WEB_BUILD"):
            return in_a_process_of_its_own([*todo, *["--check"] * options.check, *(["--out", options.out] if options.out else [])])
        for section in todo:
            text = build(section)
            if options.check:
                compare(section, built(section).read_text(encoding="utf8"), text)
                continue
            target = options.out / built(section).name if options.out else built(section)
            target.write_text(text, encoding="utf8")
            counted = len(part(text, "signatures")), len(part(text, "optimizers")), len(gzip.compress(text.encode())) / 1000
            print("{}: {} kernels, {} optimizers, {:.0f} kB gzipped".format(target, *counted))
    except BuildError as error:
        print(f"nnopt.web.build: {error}", file=sys.stderr)
        return 1
    return 0


def in_a_process_of_its_own(arguments):
    """Build with Numba's settings for it; its exit status."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, **ENVIRONMENT, "NNOPT_CACHE": cache, "NNOPT_WEB_BUILD": "1"}
        return subprocess.run([sys.executable, "-m", "nnopt.web.build", *arguments], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
