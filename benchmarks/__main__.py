"""All benchmarks, each in a process of its own: ``python -m benchmarks [--quick]``."""

import subprocess
import sys

PARTS = ("startup", "steps", "swarm", "training")

if __name__ == "__main__":
    failed = [part for part in PARTS if subprocess.run([sys.executable, "-m", f"benchmarks.{part}", *sys.argv[1:]]).returncode]
    if failed:
        sys.exit(f"these benchmarks failed: {', '.join(failed)}")
