"""The auto-grader: exercises, their specs, the check a student runs and the grader an instructor runs.

Its rooms are the stages of a submission's way, each of which says in its first line what comes in and what goes out; a later one may
import an earlier one (contracts in pyproject.toml): `intake`, `exercise`, `sandbox`, `marking`, `gradebook`, `reports` and `student`,
`grading`, `exports`, `manual` and `proof`. What all of them use stands beside them: `files`, `tables`, `telling`.

Two sides, and a language of plain data between them:

* The **trusted side** knows the spec of an exercise (`exercise.spec`), draws inputs from a seed, judges the answers (`marking.judge`,
  `marking.behaviour`) and writes what a student reads (`marking.feedback`, `marking.byhand`);
  `marking.marking.grade_exercise(exercise, seed, answer)` is all of this in one function.
* The **student's side** (`sandbox.play`) holds the student's functions and calls them. It knows no spec and no expected value.

``answer(calls)`` carries the calls of one exercise over in one batch and brings one list of arrays back for each:

* a call is ``(name, args, parts)`` or ``(name, args, parts, stand_ins)``: the function asked for, its arguments by name
  and in order, and how many arrays it returns. `stand_ins` is a dictionary ``{name: source}`` of functions that replace
  the student's own of these names during this one call (their source calls only numpy, as ``np``). A call named
  ``"__value__"`` with ``args={"name": ...}`` asks for the first letter of a string.
* an argument is a number, an array, or a mark for what cannot travel as it is: ``("strided", array)`` (every second
  element of a larger array), ``("seed", integer)`` (a fresh ``numpy.random.default_rng``), or an `exercise.problems.Objective`,
  a function of points. In the sandbox the student's process gets a proxy for it, and the trusted side answers each
  question through `Objective.__call__`, which records it.
* an answer is ``[status, returned parts..., array arguments as they are afterwards..., trace of each objective...]``,
  the status being 0 (fine), 1 (raised; then one array of bytes, the message), 2 (no such name), 3 (returned something
  else than that many arrays of numbers; then the message). An objective's trace is `Objective.trace()` of the trusted
  side's object.
"""
