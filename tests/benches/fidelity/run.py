"""Runs generators on public tables and prints their measures; see README.md."""

import argparse
import concurrent.futures
import json
import os
import statistics
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

import numpy as np

import generators
import measures
from generators import Mixlab
from tables import tables

MEASURES = ("auc", "quality", "usefulness", "nearer", "seconds")


def chosen_generators(arguments):
    now = arguments.mixlab
    steps = {
        "values": Mixlab(now, "--standardize", sample=("--clip",)),
        "shapes": Mixlab(now, "--standardize", "--shape", "auto", sample=("--clip",)),
        "mixlab": Mixlab(now, "--purpose", "samples", sample=("--clip",)),
        "rules": Mixlab(now, "--purpose", "samples", sample=("--clip",), rules=True),
    }
    if arguments.before:
        steps = {"before": Mixlab(arguments.before, "--standardize", sample=("--clip",)), **steps}
    peers = {
        "copula": generators.gaussian_copula,
        "arf": generators.adversarial_forest,
        "forest-flow": generators.forest_diffusion,
        "bootstrap": generators.noisy_bootstrap,
    }
    everything = steps | peers
    names = arguments.generators.split(",") if arguments.generators else list(everything)
    return {name: everything[name] for name in names}


def measured(task):
    """The measures of all generators on one table, half of which is held out."""
    warnings.filterwarnings("ignore")
    name, table, chosen, seed = task
    order = np.random.default_rng(seed).permutation(len(table))
    half = len(table) // 2
    train = table.iloc[order[:half]].reset_index(drop=True)
    held_out = table.iloc[order[half:]].reset_index(drop=True)
    # a level or a value that no training row has cannot be learned
    train = train.loc[:, train.nunique() > 1]
    held_out = held_out[list(train)]
    results = {"real": {"auc": measures.auc(held_out, train), "seconds": 0.0}}
    for generator, generate in chosen.items():
        begin = time.perf_counter()
        try:
            synthetic = generate(train, len(held_out), seed)[list(train)]
            seconds = time.perf_counter() - begin
            results[generator] = {
                "auc": measures.auc(held_out, synthetic),
                "quality": measures.quality(held_out, synthetic),
                "usefulness": measures.usefulness(train, held_out, synthetic),
                "nearer": measures.nearer_to_training(train, held_out, synthetic),
                "seconds": seconds,
            }
        except Exception as error:
            print(f"{name}: {generator} failed: {error!r:.300}", file=sys.stderr, flush=True)
    return name, table.shape, results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mixlab", required=True)
    parser.add_argument("--before", help="an earlier mixlab, without shapes")
    parser.add_argument("--generators", help="comma-separated; all by default")
    parser.add_argument("--only", help="comma-separated names of tables")
    parser.add_argument("--json", help="file for all measures")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chosen = chosen_generators(arguments)
    only = set(arguments.only.split(",")) if arguments.only else None
    tasks = [(name, table, chosen, arguments.seed) for name, table in tables(only)]
    print(f"{len(tasks)} tables; AUC of {', '.join(['real', *chosen])}", flush=True)
    all_results = {}
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as executor:
        for name, shape, results in executor.map(measured, tasks):
            all_results[name] = {"shape": shape, **results}
            cells = [f"{results[one]['auc']:.3f}" if one in results else "  -  " for one in ["real", *chosen]]
            print(f"{name:28} {shape[0]:6} x {shape[1]:2}  {' '.join(cells)}", flush=True)
            if arguments.json:
                with open(arguments.json, "w") as file:
                    json.dump(all_results, file, indent=1)
    print()
    for generator in ["real", *chosen]:
        of_all = [results[generator] for results in all_results.values() if generator in results]
        cells = []
        for measure in MEASURES:
            values = [one[measure] for one in of_all if measure in one and not np.isnan(one[measure])]
            cells.append(f"{measure} {statistics.median(values):.3f}" if values else f"{measure} -")
        low = sum(one["auc"] <= 0.6 for one in of_all)
        print(f"{generator:12} {len(of_all):3} tables, medians: {', '.join(cells)}; AUC at most 0.6: {low}")


if __name__ == "__main__":
    main()
