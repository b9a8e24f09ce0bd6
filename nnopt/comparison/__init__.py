"""Chapter V: optimizers compared as a statistician would accept it. ``nnopt.compare`` runs them, a ``Comparison`` answers.

``tasks`` says what is compared on, ``runs`` makes one run, ``compare`` all of them; ``comparison`` holds the table and answers from it with
``statistics``, drawn by ``plots``. ``claims`` is the ledger: each falsifiable sentence of the survey with its rule and verdict.
"""

from .comparison import Comparison
from .tasks import RANDOM_SEARCH, Restarted, Task

__all__ = ["RANDOM_SEARCH", "Comparison", "Restarted", "Task"]
