"""A class of honest students and of copies, from the answers beside the algorithms' tests, and how alike its pairs are.

``PYTHONPATH=tests python -m grader.similar_class`` prints, by exercise, which part of honest pairs and of copies stands in the report at each
threshold: from it `similarity.THRESHOLD` was chosen.
"""

from __future__ import annotations

import ast
import itertools
import random
import re
from collections import defaultdict
from pathlib import Path

from nnopt.grader.exercise import course
from nnopt.grader.reports import similarity

TESTS = Path(__file__).parents[1]
KINDS = ("right", "other", "wrong")  # answers of students are right and wrong
PLAIN = "as in the book"  # how half of the functions are written, as most students write them
COPIES = 10
TRIED = (0.5, 0.6, 0.7, 0.8, 0.9)


def ways(exercise) -> dict[str, dict[str, str]]:
    """By function, the sources of all answers, each with its helpers and called as the exercise asks."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for kind in KINDS:
        section, _, short = exercise.name.partition("/")
        path = TESTS / section / "answers" / f"{short}_{kind}.py"
        text = path.read_text(encoding="utf8") if path.is_file() else ""
        defined = {node.name: node for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        for name, node in defined.items():
            function, _, way = name.partition("__")
            if function and way:
                parts = [ast.get_source_segment(text, part) for part in [*helpers(node, defined), node]]
                found[function][("" if kind == "right" else f"{kind}_") + way] = re.sub(rf"\b{name}\b", function, "\n\n\n".join(parts))
    return found


def helpers(node, defined) -> list:
    """What of a file a function uses."""
    names, wait = [], [node]
    for one in wait:
        used = {n.id for n in ast.walk(one) if isinstance(n, ast.Name) and n.id.startswith("_") and n.id in defined}
        new = sorted(used - set(names))
        names += new
        wait += [defined[name] for name in new]
    return [one for name, one in defined.items() if name in names]


def disguised(parts: list[str], rng: random.Random) -> str:
    """A copy: its functions in another order, its variables renamed, with comments of its own."""
    source = "\n\n\n".join("# my own work\n" + part for part in rng.sample(parts, len(parts)))
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for name in sorted(names):
        source = re.sub(rf"\b{name}\b", f"my_{name}", source)
    return source


def drawn(exercise, count: int, rng: random.Random) -> list[tuple[dict[str, str], list[str]]]:
    """Honest students: which way each of their functions is written, and their sources."""
    known, class_ = ways(exercise), []
    for _ in range(count):
        chosen = {f.name: rng.choice(list(known[f.name])) if rng.random() < 0.5 else PLAIN for f in exercise.functions}
        class_.append((chosen, [exercise[f].source if way == PLAIN else known[f][way] for f, way in chosen.items()]))
    return class_


def shares(exercise, count: int, seed: int = 0) -> tuple[list[float], list[float]]:
    """How alike honest pairs are that wrote no function in the same rare way, and copies with what they were copied from; 0 where neither is told.

    Copied is from those of whose functions half at least are not as in the book: of the others nothing could be proved.
    """
    rng = random.Random(seed)
    class_ = drawn(exercise, count, rng)
    texts = {f"{number:03}": "\n\n\n".join(parts) for number, (_, parts) in enumerate(class_)}
    rare = [n for n, (chosen, _) in enumerate(class_) if sum(way != PLAIN for way in chosen.values()) >= len(chosen) / 2]
    copied = {f"{n:03} copied": f"{n:03}" for n in rare[:COPIES]}
    texts |= {copy: disguised(class_[int(whose)][1], rng) for copy, whose in copied.items()}
    nobodys = similarity.known(exercise, course.specs()[exercise.name])
    alike = {pair.students: pair.share for pair in similarity.of_exercise(exercise.name, texts, nobodys, 0.01)}

    def share(a, b):
        return alike.get((a, b), alike.get((b, a), 0.0))

    honest = [share(f"{a:03}", f"{b:03}") for a, b in itertools.combinations(range(count), 2)
              if not any(way == class_[b][0][f] != PLAIN for f, way in class_[a][0].items())]  # fmt: skip
    return honest, [share(*pair) for pair in copied.items()]


def main() -> None:
    for name in (name for name in course.specs() if ways(course.exercise(name))):
        for count in (14, 60, 200):
            honest, copies = shares(course.exercise(name), count)
            told = ", ".join(f"{t}: {sum(s >= t for s in honest)} and {sum(s >= t for s in copies)}" for t in TRIED)
            print(f"{name}, {count} students, {len(honest)} honest pairs and {len(copies)} copies; at {told}", flush=True)


if __name__ == "__main__":
    main()
