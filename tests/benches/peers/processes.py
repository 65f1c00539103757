"""Starts processes and measures them.

This process never imports numpy: the peak memory of a child is at least that of its parent process.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workloads import MIB

CHILDREN = Path(__file__).resolve().parent / "children.py"


def measure(command):
    """Runs a command that prints JSON; returns the object with the process's seconds and peak memory."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process_seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            message = err.read().decode(errors="replace").strip()
            sys.exit(f"{Path(command[0]).name} failed ({process.returncode}): {message}")
        output = json.loads(out.read() or b"{}")
    # kilobytes; bytes on macOS
    scale = 1 if sys.platform == "darwin" else 1024
    return {
        "output": output,
        "process_seconds": process_seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_rss_mib": usage.ru_maxrss * scale / MIB,
    }


def measure_child(name, **arguments):
    return measure([sys.executable, CHILDREN, name, json.dumps(arguments)])


def cpu_model():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def available_cpus():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def machine_facts(mixlab, quick):
    version = subprocess.run([mixlab, "--version"], capture_output=True, text=True, check=True)
    return {
        "cpu": cpu_model(),
        "cpus": available_cpus(),
        "load_average": os.getloadavg()[0],
        "system": platform.system(),
        "python": platform.python_version(),
        "mixlab": version.stdout.strip(),
        **measure_child("facts", dgemm_size=512 if quick else 2048)["output"],
        "least_rss_mib": measure(["true"])["peak_rss_mib"],
        "import_rss_mib": measure_child("import")["peak_rss_mib"],
        "thread_variables": {
            name: os.environ[name]
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
            if name in os.environ
        },
    }
