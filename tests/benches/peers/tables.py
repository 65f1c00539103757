"""Prints the results as tables."""

import statistics

from workloads import EmWorkload, Task


def print_table(header, rows):
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells):
        first, *rest = zip(cells, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        return "| " + " | ".join(cells) + " |"

    first, *rest = widths
    print(line(header))
    print("| " + " | ".join(["-" * first, *("-" * (width - 1) + ":" for width in rest)]) + " |")
    for row in rows:
        print(line(row))


def figure(value):
    """Formats a value with three significant digits, without an exponent."""
    decimals = next((d for d, bound in ((0, 100), (1, 10), (2, 1), (3, 0.1)) if abs(value) >= bound), 4)
    return f"{value:.{decimals}f}"


def difference_cell(a, b):
    difference = abs(a - b) / max(abs(a), abs(b))
    return f"{difference:.0e}" if difference else "0"


def memory_cell(runs, facts):
    """Formats the peak memory, with `<=` if it is near the measurable minimum, the memory of the parent process."""
    least, value = facts["least_rss_mib"], median_of(runs, "peak_rss_mib")
    return figure(value) if value > 1.02 * least else f"<= {figure(value)}"


def median_of(runs, key):
    return statistics.median(run[key] for run in runs)


def ratios(numerator, denominator):
    """Returns the smallest, median and largest ratio of seconds over pairs of consecutive runs."""
    pairs = zip(numerator, denominator, strict=True)
    values = [a["seconds"] / b["seconds"] for a, b in pairs]
    return min(values), statistics.median(values), max(values)


def ratio_cell(numerator, denominator):
    least, median, largest = map(figure, ratios(numerator, denominator))
    return f"{median} ({least}-{largest})"


def em_row(result, facts):
    runs = result["runs"]
    ours, sklearn, linfa = runs["mixlab"], runs["scikit-learn"], runs.get("linfa")
    log_likelihoods = [runs[-1]["output"]["log_likelihood"] for runs in (sklearn, ours)]
    return [
        EmWorkload(**result["workload"]).label(),
        figure(median_of(sklearn, "ms_per_iteration")),
        figure(median_of(linfa, "ms_per_iteration")) if linfa else "-",
        figure(median_of(ours, "ms_per_iteration")),
        ratio_cell(sklearn, ours),
        ratio_cell(linfa, ours) if linfa else "-",
        difference_cell(*log_likelihoods),
        memory_cell(sklearn, facts),
        memory_cell(linfa, facts) if linfa else "-",
        memory_cell(ours, facts),
        figure(result["input_mib"]),
    ]


def print_em(results, linfa, facts):
    header = ["EM iterations", "scikit-learn ms/iter", "linfa ms/iter", "mixlab ms/iter"]
    header += ["scikit-learn / mixlab", "linfa / mixlab", "log-likelihood difference"]
    header += ["scikit-learn MiB", "linfa MiB", "mixlab MiB", "input MiB"]
    print_table(header, [em_row(result, facts) for result in results])
    for result in results:
        if check := result.get("linfa_check"):
            difference = difference_cell(check["linfa"], check["scikit-learn"])
            name, steps = result["workload"]["name"], check["n_m_steps"]
            print(f"{name}: relative difference of linfa's log-likelihood after {steps} M-steps: {difference}")
    if not linfa and any(result["workload"]["with_linfa"] for result in results):
        print("linfa is left out: no driver was given with --linfa.")


def task_row(result, facts):
    ours, sklearn = result["runs"]["mixlab"], result["runs"]["scikit-learn"]
    return [
        Task(**result["task"]).label(),
        figure(median_of(sklearn, "seconds")),
        figure(median_of(ours, "seconds")),
        ratio_cell(sklearn, ours),
        figure(median_of(sklearn, "process_seconds")),
        figure(median_of(ours, "process_seconds")),
        memory_cell(sklearn, facts),
        memory_cell(ours, facts),
    ]


def print_tasks(results, facts):
    header = ["whole task", "scikit-learn s", "mixlab s", "scikit-learn / mixlab"]
    header += ["scikit-learn process s", "mixlab process s", "scikit-learn MiB", "mixlab MiB"]
    print_table(header, [task_row(result, facts) for result in results])
    for result in results:
        print()
        print_fits(result)


def print_fits(result):
    """Prints the results for each number of components; the starts differ, so either library can be better."""
    task = Task(**result["task"])
    theirs = result["runs"]["scikit-learn"][-1]["output"]
    output = result["runs"]["mixlab"][-1]["output"]
    ours = output.get("selection", [output])
    name = task.criterion.upper()
    rows = []
    fits = zip(task.n_components(), theirs["log_likelihoods"], theirs["criteria"], ours, strict=True)
    for k, log_likelihood, criterion, fit in fits:
        difference = fit["log_likelihood"] - log_likelihood
        values = [log_likelihood, fit["log_likelihood"], difference, criterion, fit[task.criterion]]
        rows.append([str(k), *(f"{value:.2f}" for value in values)])
    header = [f"{task.name}, K", "scikit-learn log-likelihood", "mixlab log-likelihood", "difference"]
    print_table([*header, f"scikit-learn {name}", f"mixlab {name}"], rows)


def print_inference(result):
    runs = result["runs"]["scikit-learn"]
    calls = runs[0]["output"]
    rows = [[call, figure(statistics.median(run["output"][call] for run in runs))] for call in calls]
    print_table([EmWorkload(**result["workload"]).label(), "scikit-learn s"], rows)


def print_facts(facts):
    print(f"{facts['cpu']}, {facts['cpus']} CPUs, {facts['system']}")
    print(f"load average before the run: {facts['load_average']:.2f}")
    print(f"{facts['mixlab']}, scikit-learn {facts['scikit-learn']}, numpy {facts['numpy']}, Python {facts['python']}")
    for pool in facts["thread_pools"]:
        words = [pool["internal_api"], pool["version"], pool["architecture"], f"{pool['num_threads']} threads"]
        print("thread pool: " + " ".join(word for word in words if word))
    for name, value in facts["thread_variables"].items():
        print(f"{name}={value}")
    size = facts["dgemm_size"]
    print(f"numpy's dgemm, {size} x {size}: {figure(facts['dgemm_gflops'])} Gflop/s")
    print(
        f"peak memory: {figure(facts['least_rss_mib'])} MiB is the least that can be measured here, "
        f"{figure(facts['import_rss_mib'])} MiB is Python with scikit-learn imported and no data"
    )
    print()
