"""Bytes from strangers, thrown at whatever reads them: targets, and the mutators that get deep into them.

`targets` says what each target does with one input and what must hold then; `mutators` change an input so that it stays nearly right;
`__main__` is `make fuzz`: libFuzzer, by atheris, on every target. The inputs kept in `corpus/<target>/` are ordinary tests
(`test_corpus.py`), with the same `targets.check`. A new target is one function and one line of `targets.TARGETS`.
"""
