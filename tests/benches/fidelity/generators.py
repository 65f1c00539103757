"""Generators of tables: each takes the training table, a number of rows and a seed, and returns a table."""

import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd


def is_number(column):
    return pd.api.types.is_numeric_dtype(column)


class Mixlab:
    """The command-line tool, with options of `fit` and of `sample`; with `rules`, those that it offers."""

    def __init__(self, binary, *fit, sample=(), rules=False):
        self.binary, self.fit, self.sample_options, self.rules = str(binary), fit, sample, rules

    def __call__(self, table, n, seed):
        # texts of few values are categories, also if nearly all of them differ
        categories = [name for name in table if not is_number(table[name])]
        options = ["--categorical", ",".join(f'"{name}"' for name in categories)] if categories else []
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            table.to_csv(folder / "table.csv", index=False)
            fit = ["fit", folder / "table.csv", "-o", folder / "m.npz", "--seed", seed, *options, *self.fit]
            offered = re.findall(r'--rule "((?:[^"\\]|\\.)*)"', self.run(*fit)) if self.rules else []
            rules = [word for rule in offered for word in ("--rule", rule.replace('\\"', '"'))]
            if rules or not self.rules:
                self.run("--quiet", *fit, *rules)
            self.run("--quiet", "sample", folder / "m.npz", "-n", n, "--seed", seed + 1, "-o", folder / "s.csv", *self.sample_options)
            return pd.read_csv(folder / "s.csv", float_precision="round_trip")

    def run(self, *arguments):
        command = [self.binary, *(str(argument) for argument in arguments)]
        process = subprocess.run(command, capture_output=True, text=True)
        if process.returncode != 0:
            raise RuntimeError(process.stderr.strip()[-300:])
        return process.stderr


def encoded(table):
    """Categories as codes, and missing values as medians and most frequent levels, for generators of complete numbers."""
    numbers, levels = pd.DataFrame(index=table.index), {}
    for name in table:
        column = table[name]
        if is_number(column):
            numbers[name] = column.astype(float).fillna(column.median())
        else:
            codes, levels[name] = pd.factorize(column.fillna(column.mode()[0]), sort=True)
            numbers[name] = codes.astype(float)
    return numbers, levels


def decoded(numbers, levels, table):
    """Codes as categories, and numbers with the decimals and within the range of the table."""
    out = pd.DataFrame()
    for name in table:
        values = numbers[name].to_numpy(float)
        if name in levels:
            codes = np.clip(np.round(values), 0, len(levels[name]) - 1).astype(int)
            out[name] = np.asarray(levels[name])[codes]
        else:
            known = table[name].dropna().to_numpy(float)
            decimals = next((d for d in range(7) if np.allclose(np.round(known, d), known, rtol=0, atol=1e-9)), None)
            values = values if decimals is None else np.round(values, decimals)
            out[name] = np.clip(values, known.min(), known.max())
    return out


def gaussian_copula(table, n, seed):
    """copulas' Gaussian copula with beta marginals, as SDV's default synthesizer."""
    from copulas.multivariate import GaussianMultivariate
    from copulas.univariate import BetaUnivariate

    numbers, levels = encoded(table)
    model = GaussianMultivariate(distribution=BetaUnivariate, random_state=seed)
    model.fit(numbers)
    return decoded(model.sample(n), levels, table)


def adversarial_forest(table, n, seed):
    """arfpy: adversarial random forests (Watson et al. 2023)."""
    from arfpy import arf

    if not hasattr(np, "in1d"):
        # arfpy 0.1.1 uses the name that numpy 2.4 removed
        np.in1d = np.isin
    numbers, levels = encoded(table)
    for name in levels:
        numbers[name] = numbers[name].astype(int).astype("category")
    np.random.seed(seed)
    model = arf.arf(x=numbers, verbose=False)
    model.forde()
    sample = model.forge(n=n)
    return decoded(sample.apply(pd.to_numeric), levels, table)


def forest_diffusion(table, n, seed):
    """ForestDiffusion: flow matching by boosted trees (Jolicoeur-Martineau et al. 2024), with fewer noise levels and copies."""
    from ForestDiffusion import ForestDiffusionModel

    numbers, levels = encoded(table)
    categories = [at for at, name in enumerate(numbers) if name in levels and len(levels[name]) > 2]
    binary = [at for at, name in enumerate(numbers) if name in levels and len(levels[name]) == 2]
    whole = [at for at, name in enumerate(numbers)
             if name not in levels and np.array_equal(numbers[name], np.round(numbers[name]))]
    model = ForestDiffusionModel(
        numbers.to_numpy(), n_t=20, duplicate_K=20, cat_indexes=categories, bin_indexes=binary, int_indexes=whole,
        diffusion_type="flow", n_jobs=1, seed=seed,
    )
    sample = model.generate(batch_size=n)
    return decoded(pd.DataFrame(sample.astype(float), columns=list(numbers)), levels, table)


def noisy_bootstrap(table, n, seed):
    """Rows drawn with replacement; numbers get normal noise of a tenth of their standard deviation."""
    rng = np.random.default_rng(seed)
    rows = table.iloc[rng.integers(0, len(table), n)].reset_index(drop=True)
    for name in rows:
        if is_number(rows[name]):
            rows[name] = rows[name] + 0.1 * table[name].std() * rng.standard_normal(n)
    numbers, levels = encoded(rows)
    return decoded(numbers, levels, table)
