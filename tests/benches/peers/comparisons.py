"""Runs the peers in turn."""

import sys
from dataclasses import asdict

from processes import measure, measure_child
from workloads import MIB, QUICK_DIVISOR, Task


def scaled(workload, quick):
    if not quick:
        return workload
    changes = {"n_samples": workload.n_samples // QUICK_DIVISOR}
    return type(workload)(**{**asdict(workload), **changes})


def scaled_task(task, quick):
    return Task(**{**asdict(task), "last": task.quick_last}) if quick else task


def data_file(work, workload):
    shape = {key: getattr(workload, key) for key in ("n_samples", "n_features", "n_components")}
    path = work / "rows-{n_samples}x{n_features}-{n_components}.npy".format(**shape)
    if not path.exists():
        measure_child("generate", data=str(path), **shape)
    return path


def start_file(work, data, workload):
    path = work / f"start-{workload.name}.npz"
    measure_child(
        "start",
        data=str(data),
        start=str(path),
        covariance=workload.covariance,
        n_components=workload.n_components,
    )
    return path


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def alternate(peers, repeats, label):
    """Runs all peers in turn, `repeats` times."""
    runs = {name: [] for name in peers}
    for repeat in range(repeats):
        for name, run in peers.items():
            show_progress(f"{label}: {repeat + 1} of {repeats}, {name}")
            runs[name].append(run())
    show_progress("")
    return runs


def expect_iterations(output, workload):
    if output["n_iter"] != workload.n_iter:
        sys.exit(f"{workload.name}: {output['n_iter']} iterations instead of {workload.n_iter}")


def run_em(workload, work, mixlab, linfa, repeats):
    data = data_file(work, workload)
    start = start_file(work, data, workload)

    def run_sklearn():
        run = measure_child(
            "em",
            data=str(data),
            covariance=workload.covariance,
            n_components=workload.n_components,
            n_iter=workload.n_iter,
        )
        return em_run(run, run["output"]["seconds"])

    def run_mixlab():
        options = ["--start", start, "--covariance", workload.covariance]
        options += ["--max-iter", workload.n_iter, "--tol", 0, "--json"]
        run = measure([mixlab, "fit", data, *options])
        return em_run(run, run["output"]["seconds"]["em"])

    def run_linfa():
        run = measure([linfa, "time", data, workload.n_components, workload.n_iter])
        return em_run(run, run["output"]["seconds"])

    def em_run(run, seconds):
        expect_iterations(run["output"], workload)
        # the pass after the last iteration counts as one more iteration
        return {**run, "seconds": seconds, "ms_per_iteration": 1000 * seconds / (workload.n_iter + 1)}

    peers = {"scikit-learn": run_sklearn, "mixlab": run_mixlab}
    if workload.with_linfa and linfa:
        peers["linfa"] = run_linfa
    result = {
        "workload": asdict(workload),
        "input_mib": 8 * workload.n_samples * workload.n_features / MIB,
        "runs": alternate(peers, repeats, workload.label()),
    }
    if "linfa" in peers:
        result["linfa_check"] = check_linfa(workload, work, data, linfa)
    return result


def check_linfa(workload, work, data, linfa):
    model = work / f"linfa-{workload.name}.npz"
    made = measure([linfa, "model", data, workload.n_components, model])
    return measure_child(
        "check-linfa",
        data=str(data),
        model=str(model),
        n_components=workload.n_components,
        n_m_steps=made["output"]["n_m_steps"],
    )["output"]


def run_task(task, mixlab, repeats):
    def run_sklearn():
        run = measure_child(
            "task",
            dataset=task.dataset,
            criterion=task.criterion,
            n_components=list(task.n_components()),
            pca=task.pca,
        )
        return {**run, "seconds": run["output"]["seconds"]}

    def run_mixlab():
        options = ["--pca", "0.99", "--whiten"] if task.pca else []
        options += ["--components", f"{task.first}..{task.last}:{task.step}"]
        options += ["--criterion", task.criterion, "--json"]
        run = measure([mixlab, "fit", f"dataset:{task.dataset}", *options])
        return {**run, "seconds": run["output"]["seconds"]["total"]}

    peers = {"scikit-learn": run_sklearn, "mixlab": run_mixlab}
    return {"task": asdict(task), "runs": alternate(peers, repeats, task.label())}


def run_inference(workload, work, repeats):
    data = data_file(work, workload)

    def run_sklearn():
        return measure_child(
            "inference",
            data=str(data),
            n_components=workload.n_components,
            n_sample=workload.n_samples,
        )

    runs = alternate({"scikit-learn": run_sklearn}, repeats, workload.label())
    return {"workload": asdict(workload), "runs": runs}
