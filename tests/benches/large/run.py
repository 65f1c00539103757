"""Measures seconds per EM iteration and peak memory of a fit with its rows in memory, in a file and on a cluster.

`run.py MIXLAB FOLDER NAME K` fits K components to FOLDER/NAME.npy and .parquet, which make.py writes. Every way runs
the same iterations from the same start; rounds alternate between the ways, and medians are printed.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 3
ITERATIONS = 6


def measure(arguments):
    """Runs a fit; returns seconds of EM per pass, peak memory in MiB, and the log-likelihood."""
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out = process.stdout.read()
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(arguments)}: {error}")
    fit = json.loads(out)
    return fit["seconds"]["em"] / fit["n_passes"], usage.ru_maxrss / 1024, fit["log_likelihood"]


class Cluster:
    """A scheduler and two executors of one thread each."""

    def __init__(self, mixlab):
        self.processes = []
        line = self.start([mixlab, "cluster", "scheduler", "--port", "0"])
        self.address = re.search(r"\S+:\d+", line.rsplit(" ", 1)[1]).group()
        for _ in range(2):
            self.start([mixlab, "cluster", "executor", "--scheduler", self.address, "--threads", "1"])

    def start(self, arguments):
        process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
        self.processes.append(process)
        return process.stderr.readline().strip()

    def peak(self):
        """Returns the sum of the peak memory of the processes in MiB."""
        total = 0
        for process in self.processes:
            with open(f"/proc/{process.pid}/status") as status:
                total += next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        return total / 1024

    def end(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()


def main(mixlab, folder, name, k):
    array, parquet = f"{folder}/{name}.npy", f"{folder}/{name}.parquet"
    # the same start for all ways
    start = os.path.join(tempfile.mkdtemp(), "start.npz")
    common = [mixlab, "fit", "--quiet", "--covariance", "full", "--tol", "0"]
    begin = ["-k", k, "--n-init", "1", "--max-iter", "1", "-o", start, "--memory", "1GB"]
    subprocess.run(common + begin + [array], check=True, stdout=subprocess.DEVNULL)
    common += ["--start", start, "--max-iter", str(ITERATIONS), "--json"]
    cluster = Cluster(mixlab)
    ways = {
        "in memory, .npy": [array],
        "streamed, .npy": [array, "--memory", "400MB"],
        "streamed, Parquet": [parquet, "--memory", "900MB"],
        "Ballista in this process": [parquet, "--cluster", "local"],
        "Ballista, two executors": [parquet, "--cluster", cluster.address],
    }
    rounds = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, arguments in ways.items():
            rounds[way].append(measure(common + arguments))
    of_cluster = cluster.peak()
    cluster.end()
    base = statistics.median(seconds for seconds, _, _ in rounds["in memory, .npy"])
    reference = rounds["in memory, .npy"][0][2]
    for way, results in rounds.items():
        seconds = [seconds for seconds, _, _ in results]
        median = statistics.median(seconds)
        peak = max(peak for _, peak, _ in results)
        beside = f" + {of_cluster:.0f} of the cluster" if "two" in way else ""
        off = max(abs(likelihood / reference - 1) for _, _, likelihood in results)
        print(
            f"{way}\t{median:.2f} s per pass ({min(seconds):.2f}-{max(seconds):.2f})\t"
            f"{median / base:.2f} of in memory\tpeak {peak:.0f} MiB{beside}\tlog-likelihood off by {off:.0e}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
