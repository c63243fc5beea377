"""The end of a run of many points with the Python package metalab, as finish.c has it with ours.

usage: finish.py DIRECTORY POINTS REPETITIONS
"""

import statistics
import sys
import time
from pathlib import Path

from metalab.capture import Capture
from metalab.store import FileStore, FileStoreConfig


def end_of_a_run(directory, points, repetition):
    store = FileStore(FileStoreConfig(root=str(Path(directory) / "python")))
    capture = Capture(store=store, run_id=f"run{repetition}")
    for step in range(points):
        capture.metric("energy", 1.0 / (step + 1), step=step)
    begin = time.perf_counter()
    capture.finalize()
    return 1e3 * (time.perf_counter() - begin)


def main():
    directory, points, repetitions = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    taken = [end_of_a_run(directory, points, repetition) for repetition in range(repetitions)]
    group = f"finish_{points:.0e}_points"
    print(group, "python_package", "ms", statistics.median(taken), min(taken), "-", "-", "-", sep="\t")


main()
