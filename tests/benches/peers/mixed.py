"""mixlab beside StepMix 3.0 on tables with categories and missing values: seconds per EM iteration and log-likelihoods.

    python3 -m venv venv && venv/bin/pip install stepmix==3.0.0 pandas
    venv/bin/python tests/benches/peers/mixed.py --mixlab target/release/mixlab

StepMix has missing values for diagonal covariances only, so both fit `diag`; mixlab also fits `full`, which has no peer. Both
make the same number of iterations from a start of their own, in turn; the table shows medians and the ratio of the medians.
"""

import argparse
import csv
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from stepmix import StepMix

HEART_CATEGORIES = [
    "Sex", "ChestPainType", "FastingBloodSugar", "ResElectrocardiographic",
    "ExerciseInduced", "Slope", "MajorVessels", "Thal",
]


def heart(path):
    """Numbers, codes of categories and their names of the table of `path`; NaN is missing."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    value = lambda text: float(text) if text else np.nan
    names = [name for name in rows[0] if name != "Class"]
    numbers = [name for name in names if name not in HEART_CATEGORIES]
    table = {name: np.array([value(row[name]) for row in rows]) for name in names}
    codes = []
    for name in HEART_CATEGORIES:
        levels = np.unique(table[name][~np.isnan(table[name])])
        column = np.searchsorted(levels, table[name]).astype(float)
        codes.append(np.where(np.isnan(table[name]), np.nan, column))
    return np.column_stack([table[name] for name in numbers]), np.column_stack(codes)


def blobs(n, d, n_categories, k, missing):
    """Rows about k centres, with categories of ten levels that depend on the centre, some cells missing."""
    rng = np.random.default_rng(0)
    group = rng.integers(k, size=n)
    numbers = rng.normal(size=(k, d))[group] * 3 + rng.normal(size=(n, d))
    codes = (group[:, None] / 2 + 5 * rng.random((n, n_categories))).astype(int) % 10
    codes = codes.astype(float)
    numbers[rng.random(numbers.shape) < missing] = np.nan
    codes[rng.random(codes.shape) < missing] = np.nan
    return numbers, codes


def write(path, numbers, codes):
    header = [f"x{j}" for j in range(numbers.shape[1])] + [f"c{j}" for j in range(codes.shape[1])]
    text = lambda value, form: "" if np.isnan(value) else form(value)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row, levels in zip(numbers, codes):
            writer.writerow([text(x, lambda x: repr(float(x))) for x in row]
                            + [text(c, lambda c: f"l{int(c)}") for c in levels])


def stepmix(numbers, codes, k, n_iter, seed):
    measurement = {
        "numbers": {"model": "gaussian_diag_nan", "n_columns": numbers.shape[1]},
        "codes": {"model": "categorical_nan", "n_columns": codes.shape[1]},
    }
    model = StepMix(n_components=k, measurement=measurement, n_init=1, max_iter=n_iter, abs_tol=0,
                    rel_tol=0, random_state=seed, progress_bar=0, verbose=0)
    begin = time.perf_counter()
    data = np.column_stack([numbers, codes])
    model.fit(data)
    seconds = (time.perf_counter() - begin) / n_iter
    return seconds, model.score(data) * len(data)


def mixlab(binary, table, family, k, n_iter, seed):
    command = [binary, "fit", str(table), "--json", "--missing", "at-random", "--smoothing", "0",
               "--reg-covar", "1e-9", "-k", str(k), "--covariance", family, "--n-init", "1", "--tol", "0",
               "--max-iter", str(n_iter), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    report = json.loads(done.stdout)
    return report["seconds"]["em"] / (n_iter + 1), report["log_likelihood"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mixlab", default="target/release/mixlab")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows", type=int, default=100_000)
    args = parser.parse_args()
    golden = Path(__file__).parents[2] / "golden" / "mixed"
    workloads = [
        ("heart with missing cells, K=2", heart(golden / "heart-gaps.csv"), 2, 100),
        (f"{args.rows} x (10 + 5), 10 % missing, K=5", blobs(args.rows, 10, 5, 5, 0.1), 5, 20),
    ]
    print(f"{'':44} {'stepmix':>12} {'mixlab diag':>12} {'ratio':>8} {'mixlab full':>12}")
    for name, (numbers, codes), k, n_iter in workloads:
        times = {"stepmix": [], "diag": [], "full": []}
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "table.csv"
            write(table, numbers, codes)
            for seed in range(args.repeats):
                times["stepmix"].append(stepmix(numbers, codes, k, n_iter, seed))
                for family in ["diag", "full"]:
                    times[family].append(mixlab(args.mixlab, table, family, k, n_iter, seed))
        middle = {peer: statistics.median(seconds for seconds, _ in runs) for peer, runs in times.items()}
        best = {peer: max(log_likelihood for _, log_likelihood in runs) for peer, runs in times.items()}
        ratio = middle["stepmix"] / middle["diag"]
        cells = [f"{1e3 * middle[peer]:9.3f} ms" for peer in ["stepmix", "diag", "full"]]
        print(f"{name:44} {cells[0]:>12} {cells[1]:>12} {ratio:8.1f} {cells[2]:>12}")
        print(f"{'  best log-likelihood':44} {best['stepmix']:12.2f} {best['diag']:12.2f} {'':8} {best['full']:12.2f}")


if __name__ == "__main__":
    main()
