"""Copies of the notebooks next to the originals, and the environment of a kernel that caches its builds."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ORIGINALS = ROOT / "notebooks"


def environment():
    """Returns the environment variables that the README recommends."""
    libraries = subprocess.run(
        ["rustc", "--print", "target-libdir"], capture_output=True, text=True, check=True
    )
    kept = pathlib.Path.home() / ".cache" / "mixlab" / "jupyter"
    values = {"EVCXR_TMPDIR": str(kept), "LD_LIBRARY_PATH": libraries.stdout.strip()}
    if "MIXLAB_DATA" in os.environ:
        values["MIXLAB_DATA"] = str(pathlib.Path(os.environ["MIXLAB_DATA"]).resolve())
    return values


@contextlib.contextmanager
def copies():
    """Yields a folder of copies, in which `..` is the project's folder as well."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=".jupyter-", dir=ROOT))
    try:
        for notebook in sorted(ORIGINALS.glob("*.ipynb")):
            shutil.copy(notebook, folder)
        yield folder
    finally:
        shutil.rmtree(folder)
