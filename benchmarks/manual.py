"""What a page of ``nnopt manual serve`` costs: ``python -m benchmarks.manual [--students 500]``.

A class of copies of one solution to the tests' course with texts and figures is marked in the gradebook of a scratch folder; then each
kind of page is asked for over HTTP, as a browser does, and a mark is given: medians, with half of the class marked before.
"""

import argparse
import http.client
import statistics
import tempfile
import threading
import time
from pathlib import Path

from nnopt.grader.gradebook.gradebook import Gradebook
from nnopt.grader.manual import manual
from nnopt.grader.manual import server as manual_server

COURSE = Path(__file__).resolve().parents[1] / "tests" / "grader" / "essay_course"
NOTEBOOK = COURSE / "solutions" / "valleys" / "descent.ipynb"
REPEAT = 15


def desk(folder, students):
    """A desk for such a class, the first half of it marked."""
    for number in range(students):
        path = folder / "class" / f"student {number:04}" / "valleys" / "descent.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(NOTEBOOK.read_bytes())
    with Gradebook(folder / "out"):
        pass
    begin = time.perf_counter()
    work = manual.Work(folder / "out", folder / "class", COURSE)
    print(f"{students} students, {len(work.entries)} answers: read in {time.perf_counter() - begin:.2f} s")
    for entry in work.entries:
        if int(entry.student.split()[1]) < students // 2:
            work.give(entry, 1, "Why there?", "me")
    return work


def timed(ask):
    """Median and most of a request, in milliseconds."""
    times = []
    for n in range(REPEAT):
        begin = time.perf_counter()
        ask(n)
        times.append(1e3 * (time.perf_counter() - begin))
    return f"{statistics.median(times):6.1f} ms median, {max(times):6.1f} ms most"


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=500)
    students = parser.parse_args().students
    with tempfile.TemporaryDirectory(prefix="nnopt-bench-") as scratch, desk(Path(scratch), students) as work:
        server = manual_server.Server(manual_server.Desk(work, "me"))
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def ask(method, place, body=None):
            connection = http.client.HTTPConnection(manual_server.HOST, server.server_port, timeout=60)
            origin = f"http://{manual_server.HOST}:{server.server_port}"
            headers = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request(method, f"/{server.token}/{place}", body, headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            assert answer.status == (303 if body else 200), answer.status

        print("all parts            ", timed(lambda n: ask("GET", "")))
        print("the answers of a part", timed(lambda n: ask("GET", "0")))
        print("an answer            ", timed(lambda n: ask("GET", f"0/{students // 2 + n}")))
        print("a mark               ", timed(lambda n: ask("POST", f"0/{students // 2 + n}", "seen=0&points=1&comment=Yes")))
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
