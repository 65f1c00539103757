#!/usr/bin/env python3
"""Compares mixlab with scikit-learn and linfa on the same files from the same starts; see README.md."""

import argparse
import json
import os
import tempfile
from pathlib import Path

from comparisons import run_em, run_inference, run_task, scaled, scaled_task
from processes import machine_facts
from tables import print_em, print_facts, print_inference, print_tasks
from workloads import EM_WORKLOADS, INFERENCE, QUICK_DIVISOR, TASKS

HERE = Path(__file__).resolve().parent


def default_mixlab():
    target = os.environ.get("CARGO_TARGET_DIR", HERE.parents[2] / "target")
    return Path(target).resolve() / "release" / "mixlab"


def resolved(text):
    # a bare name would be searched for on the PATH
    return Path(text).resolve()


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def parse_arguments():
    names = [workload.name for workload in [*EM_WORKLOADS, *TASKS, INFERENCE]]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mixlab", type=resolved, default=default_mixlab(), help="the program (default: %(default)s)")
    parser.add_argument("--linfa", type=resolved, help="the driver built from linfa/; without it linfa is left out")
    parser.add_argument("--work", type=Path, help="folder of the data, which is kept (default: a temporary one)")
    parser.add_argument("--repeats", type=positive, default=5, help="runs of each peer (default: %(default)s)")
    quick_help = f"1/{QUICK_DIVISOR} of the rows, fewer components in tasks"
    parser.add_argument("--quick", action="store_true", help=quick_help)
    parser.add_argument("--only", metavar="NAME[,NAME]", help=f"some of: {', '.join(names)}")
    parser.add_argument("--json", type=Path, metavar="OUT", help="where to write all raw numbers")
    arguments = parser.parse_args()
    # inference is run only on request, since it compares nothing
    arguments.only = arguments.only.split(",") if arguments.only else names[:-1]
    if unknown := set(arguments.only) - set(names):
        parser.error(f"no workload is named {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    for program in filter(None, (arguments.mixlab, arguments.linfa)):
        if not program.is_file():
            parser.error(f"{program} does not exist; run.sh builds it")
    return arguments


def run_all(arguments, work):
    mixlab, linfa, repeats = arguments.mixlab, arguments.linfa, arguments.repeats
    facts = machine_facts(mixlab, arguments.quick)
    print_facts(facts)
    if arguments.quick:
        print("quick: shows that everything runs; times this short say little about speed\n")
    em = [
        run_em(scaled(workload, arguments.quick), work, mixlab, linfa, repeats)
        for workload in EM_WORKLOADS
        if workload.name in arguments.only
    ]
    if em:
        print_em(em, linfa, facts)
        print()
    tasks = [
        run_task(scaled_task(task, arguments.quick), mixlab, repeats)
        for task in TASKS
        if task.name in arguments.only
    ]
    if tasks:
        print_tasks(tasks, facts)
        print()
    results = {"facts": facts, "repeats": repeats, "quick": arguments.quick, "em": em, "tasks": tasks}
    if INFERENCE.name in arguments.only:
        results["inference"] = run_inference(scaled(INFERENCE, arguments.quick), work, repeats)
        print_inference(results["inference"])
    return results


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="mixlab-peers-") as temporary:
        work = arguments.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        results = run_all(arguments, work)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
