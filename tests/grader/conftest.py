"""The attacks are programs for the sandbox: pytest must not import them, as it does with modules when it looks for doctests."""

collect_ignore_glob = ["attacks/*", "attacked_course/*", "essay_course/*", "swarm_course/*"]
