"""Speed beside the peers, measured in one run: ``make bench``, or one of ``python -m benchmarks.training``, ``.swarm``, ``.startup``.

A ratio is the peer's time divided by ours, taken round by round between neighbours in time, then the median over rounds.
"""
