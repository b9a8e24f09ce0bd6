"""``python -m nnopt.comparison.claims``: make the tables that are stale or missing, one by one, and print the verdicts.

Killed, it goes on where it stopped. ``--all`` makes every table anew, ``--only NAME`` one, ``--quick`` tries all of them in little time and
stores nothing, ``--verdicts`` runs nothing.
"""

import argparse
import time

from . import store


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="also tables that are up to date")
    parser.add_argument("--only", metavar="TABLE", choices=store.TABLES, help="this table only")
    parser.add_argument("--quick", action="store_true", help="two seeds of each, nothing stored: does it run?")
    parser.add_argument("--verdicts", action="store_true", help="run nothing, print the verdicts")
    parser.add_argument("--jobs", type=int, help="processes; by default one a processor")
    asked = parser.parse_args()
    for table in [] if asked.verdicts else [asked.only] if asked.only else store.TABLES:
        stored = store.read(table)
        if stored and stored["code"] == store.stamp(table) and not (asked.all or asked.only or asked.quick):
            print(f"{table}: up to date")
            continue
        began = time.perf_counter()
        found = store.module(table).measure(asked.jobs, asked.quick)
        if not asked.quick:
            store.write(table, found, time.perf_counter() - began)
        print(f"{table}: {time.perf_counter() - began:.0f} s", flush=True)
    if not asked.quick:
        from .ledger import ledger

        for entry in ledger().values():
            print(f"{entry.id:22} {entry.verdict.name}{f': {entry.verdict.where}' if entry.verdict.where else ''}")


if __name__ == "__main__":
    main()
