"""An index made of the files by the Python package metalab, as index.rs has it with ours.

It brings in the records alone; ours, the results as well. usage: index.py LOCATOR
"""

import sys
import time

from metalab.store.locator import create_store


def main():
    store = create_store(sys.argv[1])
    begin = time.perf_counter()
    store.rebuild_index()
    print(time.perf_counter() - begin)


main()
