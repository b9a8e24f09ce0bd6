"""The shared tables of runs, a module each: ``METHODS``, the classes that it rests on, and ``measure(jobs, quick)``, which returns what
is stored."""
