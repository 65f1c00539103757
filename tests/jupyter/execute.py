"""Executes notebooks with the rust kernel and compares them with the committed ones.

    python execute.py [NAME...]      without a name: all notebooks
"""

import datetime
import os
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from copies import ORIGINALS, copies, environment

FIRST, OTHER = 20, 10


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds(cell):
    """Returns the kinds of outputs of a cell: names of streams, media types of values."""
    found = set()
    for output in cell.outputs:
        found.update(output.get("data", {}))
        found.update({output.name} if output.output_type == "stream" else set())
        found.update({"error"} if output.output_type == "error" else set())
    return found


def seconds(cell):
    times = cell.metadata.execution
    begin, end = (
        datetime.datetime.fromisoformat(times[event].replace("Z", "+00:00"))
        for event in ("iopub.execute_input", "shell.execute_reply")
    )
    return (end - begin).total_seconds()


def check(path):
    """Executes a notebook; returns its problems and the seconds of each cell."""
    notebook = nbformat.read(path, as_version=4)
    committed = code_cells(nbformat.read(ORIGINALS / path.name, as_version=4))
    client = NotebookClient(
        notebook, timeout=900, kernel_name="rust", resources={"metadata": {"path": path.parent}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return [str(error)], [0.0, 0.0]
    nbformat.validate(notebook)
    wrong, times = [], []
    for number, (cell, before) in enumerate(zip(code_cells(notebook), committed), 1):
        times.append(seconds(cell))
        if kinds(cell) != kinds(before):
            wrong.append(f"cell {number} shows {sorted(kinds(cell))}, committed {sorted(kinds(before))}")
        limit = FIRST if number == 1 else OTHER
        if times[-1] > limit:
            wrong.append(f"cell {number} took {times[-1]:.1f} s")
    return wrong, times


def main():
    os.environ.update(environment())
    names = sys.argv[1:] or [path.stem for path in sorted(ORIGINALS.glob("*.ipynb"))]
    failed = False
    with copies() as folder:
        for name in names:
            wrong, times = check(folder / f"{name}.ipynb")
            failed |= bool(wrong)
            print(f"{name}: first cell {times[0]:.1f} s, longest other {max(times[1:]):.1f} s", flush=True)
            for complaint in wrong:
                print(f"    {complaint}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
