"""What an instructor writes: functions (the reference), their inputs and situations, known mistakes, questions, and what is marked by hand.

    ex = Exercise("gradient/adam", title="Adam")

    @ex.function(parts={"theta": 2, "m": 1, "v": 1}, pure=1)       # points by returned part, and for leaving the inputs alone
    def adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps):
        m = beta1 * m + (1 - beta1) * grad                         # one assignment for each equation: others are edits of it
        ...

    @adam_step.inputs
    def _(d): return dict(theta=d.normal(), ...)                   # d is a `draw.Draw`

    adam_step.when("the first step", t=1, m=0, v=0)
    adam_step.right(also("moved towards", m="m + (1 - beta1) * (grad - m)"))
    adam_step.known(wrong("no bias correction", "m and v start at zero ...", "What is m after one step?", m_hat="m", v_hat="v"))

    ex.question("first_step", points=1, right="b", a="And the root?")        # the other letters, each with a hint
    ex.manual("discussion", points=2, title="Discussion", rubric="1 for the valley, 1 for the noise")   # a text, marked by hand
"""

import ast
import hashlib
import importlib.util
import inspect
import re
import textwrap
import traceback
import zlib
from pathlib import Path

import numpy as np

from .draw import Case, Draw, Form, readable
from .variants import SpecError, compiled, edited

ORDINARY = "ordinary values"
KINDS = ("text", "figure")  # of what is marked by hand


class wrong:
    """A known mistake, as an edit of the reference.

    Parameters
    ----------
    name, says, hint : str
        What it is called, what is the matter, and a question that points to it without telling.
    edit : (str, str)
        A piece of the reference's text, which must stand there once, and what stands there instead.
    keeps : int
        Points that the function keeps with this mistake.
    **sides : str
        ``name="expression"`` replaces the right side of that assignment, ``returns="..."`` what is returned.
    """

    def __init__(self, name, says, hint, *, edit=None, keeps=0, **sides):
        self.name, self.says, self.hint, self.edit, self.keeps, self.sides = name, says, hint, edit, keeps, sides


class also(wrong):
    """Another right way to write it, in the same words: it widens the tolerance where it rounds otherwise."""

    def __init__(self, name, *, edit=None, **sides):
        super().__init__(name, "", "", edit=edit, **sides)


class Function:
    """A function that the exercise asks for. `Exercise.function` makes it; its methods say the rest."""

    kind = "function"

    def __init__(self, exercise, reference, parts, pure, title, uses, judge, forms, trajectory, sizes):
        self.exercise, self.reference, self.name = exercise, reference, reference.__name__
        self.parts, self.pure, self.title = parts, pure, title or self.name
        self.uses, self.judge, self.forms, self.trajectory = uses or {}, judge, forms or {}, trajectory
        self.sizes = {"n": 6, "d": 3, **(sizes or {})}
        tree = ast.parse(textwrap.dedent(inspect.getsource(reference)))
        tree.body[0].decorator_list = []
        if any(isinstance(node, ast.AugAssign) for node in ast.walk(tree)):
            raise SpecError(f"{exercise.name}, {self.name}: write x = x + y in a reference, not x += y: its edits replace assignments")
        self.source = ast.unparse(tree)
        self.check_returned(tree)
        self.params = list(inspect.signature(reference).parameters)
        self.rights, self.mistakes, self.situations, self.tells, self.factors = [], [], [], [], []
        self.equivalents = {}  # changes that are right, too -> why
        self.draw_inputs, self.clue = None, ""

    def check_returned(self, tree):
        """A part for each value that is returned: without, two values would be taken for one array."""
        for value in returned(tree.body[0]) if self.judge is None else ():
            if isinstance(value, ast.Tuple) and len(value.elts) != len(self.parts):
                raise SpecError(f"{self.where}: it returns {len(value.elts)} values, parts names {len(self.parts)}: "
                                f"{', '.join(self.parts)}")  # fmt: skip

    def __call__(self, *args, **named):
        return self.reference(*args, **named)

    @property
    def points(self):
        """The most points it gives."""
        return sum(self.parts.values()) + self.pure

    @property
    def where(self):
        """Its place, for messages."""
        return f"{self.exercise.name}, {self.name}"

    # -- what the author says -----------------------------------------------------------------------------
    def inputs(self, draw):
        """Decorator: ``draw(d)`` returns the arguments by name, drawn with the `Draw` d."""
        self.draw_inputs = draw
        return draw

    def when(self, situation, n=3, sizes=None, shape=(5,), **values):
        """A named situation, drawn `n` times: some arguments get other values (a number fills its array; a function gets the `Draw`)."""
        if unknown := set(values) - set(self.params):
            known = ", ".join(self.params)
            raise SpecError(f"{self.where}, situation {situation!r}: no argument is called {sorted(unknown)[0]!r}; there are {known}")
        if n != 3 and "n" in self.params:
            raise SpecError(f"{self.where}, situation {situation!r}: n is how often it is drawn, and an argument, too: "
                            "call the argument otherwise")
        self.situations.append((situation, n, Form(shape=shape, sizes=sizes or {}), values))
        return self

    def right(self, *ways):
        """Other right ways to write it (`also`)."""
        for way in ways:
            edited(self.source, [way], self.where)  # what hits nothing is refused now, not when a student writes it
        self.rights += ways
        return self

    def hint(self, text):
        """What students read who do not know how to begin: it points, and does not tell."""
        self.clue = text
        return self

    def known(self, *mistakes):
        """Mistakes that the feedback calls by name (`wrong`)."""
        most = sum(self.parts.values())
        for mistake in mistakes:
            edited(self.source, [mistake], self.where)
            if not 0 <= mistake.keeps < most:
                raise SpecError(f"{self.where}, {mistake.name!r}: keeps={mistake.keeps!r}; it takes 0 to less than {most} points")
        self.mistakes += mistakes
        return self

    def same(self, reason, *changes):
        """Single-token changes of the reference that are right, too, each a line ``old  ->  new`` as `nnopt prove` prints it, and why."""
        self.equivalents |= dict.fromkeys(changes, reason)
        return self

    def notice(self, *tells, factors=()):
        """What to look for in an unknown mistake: conditions on the arguments, and factors by which a part may be off.

        Raises `SpecError` for one that is no expression of Python.
        """
        for expression in (*tells, *factors):
            try:
                compile(expression, self.where, "eval")
            except SyntaxError:
                raise SpecError(f"{self.where}, notice: {expression!r} is no expression of Python") from None
        self.tells += tells
        self.factors += factors
        return self

    # -- what the harness makes of it ---------------------------------------------------------------------
    def variant(self, *mistakes, reround=None, functions=None):
        """The reference with these edits; every rounding done otherwise; other functions of the exercise in its place."""
        scope = dict(self.reference.__globals__)
        used = {node.id for node in ast.walk(ast.parse(self.source)) if isinstance(node, ast.Name)}
        for f in self.exercise.functions:
            if f is not self and f.name in used:
                scope[f.name] = f.variant(reround=reround) if reround else f.reference
        scope.update(functions or {})
        return compiled(edited(self.source, mistakes, self.where), self.name, scope, reround)

    def cases(self, seed, again=0):
        """All inputs for this seed: ordinary ones, each situation's, and the forms. Drawn anew for another `again`."""
        plan = [(ORDINARY, k, None, {}) for k in range(4)]
        plan += [(name, k, form, values) for name, n, form, values in self.situations for k in range(n)]
        cases = [self._case(seed, name, k, form, values, again) for name, k, form, values in plan]
        for name, form in self.forms.items():
            case = self._case(seed, name, 0, form, {}, again)
            case.form = form
            cases.append(case)
        return cases

    def _case(self, seed, name, k, form, values, again):
        words = f"{self.exercise.name}/{self.name}/{name}/{k}" + (f"/again {again}" if again else "")
        d = Draw(np.random.default_rng([seed, zlib.crc32(words.encode())]), form, self.sizes)
        try:
            args = self.draw_inputs(d)
        except Exception as error:
            raise SpecError(f"{self.where}: its inputs cannot be drawn ({said(error, inspect.getfile(self.reference))})") from error
        if list(args) != self.params:
            raise SpecError(f"{self.where}: its inputs are {', '.join(args)}, its arguments {', '.join(self.params)}")
        for key, value in values.items():
            new = value(d) if callable(value) else value
            fills = isinstance(args[key], np.ndarray) and np.ndim(new) == 0
            args[key] = d.lay(np.full(np.shape(args[key]), new), args[key].dtype) if fills else new
        return Case(name, {key: readable(a) for key, a in args.items()})


class Question:
    """A question with lettered answers; the notebook's variable `name` holds the letter."""

    kind = "question"

    def __init__(self, exercise, name, points, right, title, hint, hints):
        if right in hints or len(right) != 1:
            raise SpecError(f"{exercise.name}, {name}: give the right letter, and a hint for each of the others")
        self.exercise, self.name, self.points, self.right, self.title = exercise, name, points, right, title or name
        self.clue, self.hints = hint, hints


class Manual:
    """A text or a figure that somebody marks; the cell of the notebook whose ``grade_id`` is `name` holds it."""

    def __init__(self, exercise, name, points, kind, title, rubric):
        if not re.fullmatch(r"[A-Za-z]\w*", name):
            raise SpecError(f"{exercise.name}: {name!r} is no name of a part: it takes a letter, then letters, digits and _")
        if kind not in KINDS:
            raise SpecError(f"{exercise.name}, {name}: kind {kind!r} is none; it takes {' or '.join(KINDS)}")
        if isinstance(points, bool) or not isinstance(points, (int, float)) or not 0 < points < 1e6:
            raise SpecError(f"{exercise.name}, {name}: points={points!r}; it takes a number above 0")
        self.exercise, self.name, self.points, self.kind, self.title, self.rubric = exercise, name, points, kind, title or name, rubric


class Exercise:
    """What one notebook asks for, in its order.

    Parameters
    ----------
    name : str
        ``"section/name"``: the notebook is ``exercises/section/name.ipynb``.
    title : str
        The heading of its report.

    Attributes
    ----------
    items : list
        What the grader marks.
    by_hand : list of Manual
        What it does not.
    """

    def __init__(self, name, title=None):
        self.name, self.title, self.items, self.by_hand, self.keys = name, title or name.rpartition("/")[2], [], [], {}

    def function(self, parts, pure=0, title=None, uses=None, judge=None, forms=None, trajectory=None, sizes=None):
        """Decorator: the decorated function is the reference.

        Parameters
        ----------
        parts : dict of int
            What is returned, by name and in order, with the points of each (with a `judge`: what is judged).
        pure : int
            Points for leaving the arguments as they are.
        uses : dict of str
            Other functions of this exercise that it calls, each with an expression of its arguments that stands in for it, so
            that a mistake there does not cost points here.
        judge : object
            Judges recorded runs instead of returned values (`behaviour.Swarm`).
        forms : dict of Form
            Forms of arrays that it must take, too (`draw.ELEMENTWISE`, `draw.TABLES`).
        trajectory : str
            It returns the points of a path; this argument is the objective, drawn under the path.
        sizes : dict of int
            Lengths of the named axes of its inputs.
        """
        def decorate(reference):
            item = Function(self, reference, parts, pure, title, uses, judge, forms, trajectory, sizes)
            self.items.append(item)
            return item
        return decorate

    def question(self, name, points, right, title=None, hint="", **hints):
        """A question: the right letter, a hint for the notebook, and for every other letter one for whoever chose it."""
        item = Question(self, name, points, right, title, hint, hints)
        self.items.append(item)
        return item

    def manual(self, name, points, kind="text", title=None, rubric=""):
        """A part marked by hand (`nnopt manual`): its cell in the notebook has this name as ``grade_id``.

        Parameters
        ----------
        name : str
        points : int or float
            The most it gives.
        kind : {"text", "figure"}
            A Markdown cell; or a code cell, whose stored picture is the answer.
        title : str
            Its heading.
        rubric : str
            What to give points for: shown to whoever marks, never to students.
        """
        item = Manual(self, name, points, kind, title, rubric)
        self.by_hand.append(item)
        return item

    @property
    def functions(self):
        """The items that are functions."""
        return [i for i in self.items if i.kind == "function"]

    @property
    def points(self):
        """The most points that the grader gives."""
        return sum(i.points for i in self.items)

    @property
    def max_points(self):
        """The most points it gives, with those given by hand."""
        return self.points + sum(i.points for i in self.by_hand)

    def __getitem__(self, name):
        for item in self.items:
            if item.name == name:
                return item
        raise KeyError(f"{self.name} has no part {name!r}; its parts are {', '.join(i.name for i in self.items)}")


def load(path):
    """The exercise that the spec at `path` defines as ``ex``; its `version` is a hash of the file's text."""
    path = Path(path)
    name = f"nnopt_spec_{path.stem}_{zlib.crc32(str(path.resolve()).encode()):08x}"
    module_spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(module_spec)
    try:
        module_spec.loader.exec_module(module)
    except SpecError:
        raise
    except Exception as error:
        raise SpecError(f"the spec {path} cannot be read: {said(error, path)}") from error
    if not isinstance(getattr(module, "ex", None), Exercise):
        raise SpecError(f"{path.name} is not the spec of an exercise: it defines no `ex = Exercise(...)`")
    names = [item.name for item in module.ex.items + module.ex.by_hand]
    if twice := [name for name in names if names.count(name) > 1]:
        raise SpecError(f"{module.ex.name}: two parts are called {twice[0]!r}")
    if blind := [f for f in module.ex.functions if f.judge is None and f.draw_inputs is None]:
        raise SpecError(f"{blind[0].where}: it has no inputs; a function below @{blind[0].name}.inputs draws them")
    module.ex.version = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return module.ex


def returned(node):
    """The expressions that a function returns, and not those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child.value
        elif not isinstance(child, (ast.FunctionDef, ast.Lambda)):
            yield from returned(child)


def said(error, path):
    """An author's own error, with the line of the spec where it arose."""
    own = Path(path).resolve()
    places = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).resolve() == own]
    line = getattr(error, "lineno", None) or (places[-1] if places else None)
    return f"{type(error).__name__}{f' in line {line}' if line else ''}: {error}"
