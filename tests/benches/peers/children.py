"""Measurements that run in separate processes: everything that needs numpy and scikit-learn.

`children.py NAME JSON` calls a function with the arguments in JSON and prints its result as JSON.
"""

import json
import sys
import time
import warnings
from pathlib import Path

def identity(covariance, n_components, n_features):
    """Returns the family's array of identity matrices, which is the same for covariances and precisions."""
    import numpy as np

    return {
        "full": np.tile(np.eye(n_features), (n_components, 1, 1)),
        "tied": np.eye(n_features),
        "diag": np.ones((n_components, n_features)),
        "spherical": np.ones(n_components),
    }[covariance]


def child_generate(data, n_samples, n_features, n_components):
    import numpy as np

    rng = np.random.default_rng(0)
    centres = rng.normal(size=(n_components, n_features)) * 2
    component = rng.integers(n_components, size=n_samples)
    rows = rng.normal(size=(n_samples, n_features))
    rows += centres[component]
    # renamed when complete, so that files in a kept folder are never partial
    partial = Path(data).with_suffix(".partial.npy")
    np.save(partial, rows)
    partial.rename(data)
    return {}


def child_start(data, start, covariance, n_components):
    import numpy as np

    rows = np.load(data, mmap_mode="r")
    np.savez(
        start,
        covariance_type=np.frombuffer(covariance.encode(), np.uint8),
        weights=np.full(n_components, 1 / n_components),
        means=rows[:n_components],
        covariances=identity(covariance, n_components, rows.shape[1]),
    )
    return {}


def mixture_at_start(rows, covariance, n_components, n_iter):
    import numpy as np
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(
        n_components,
        covariance_type=covariance,
        tol=0,
        max_iter=n_iter,
        weights_init=np.full(n_components, 1 / n_components),
        means_init=rows[:n_components],
        precisions_init=identity(covariance, n_components, rows.shape[1]),
    )


def warm_up():
    """Runs a small fit: the first fit of a process also loads modules and starts threads, which must not be timed."""
    import numpy as np
    from sklearn.mixture import GaussianMixture

    GaussianMixture(2, random_state=0).fit(np.random.default_rng(0).normal(size=(1000, 2)))


def child_em(data, covariance, n_components, n_iter):
    import numpy as np

    rows = np.load(data)
    mixture = mixture_at_start(rows, covariance, n_components, n_iter)
    warm_up()
    begin = time.perf_counter()
    mixture.fit(rows)
    seconds = time.perf_counter() - begin
    return {
        "seconds": seconds,
        "n_iter": mixture.n_iter_,
        "log_likelihood": mixture.score(rows) * len(rows),
    }


def child_check_linfa(data, model, n_components, n_m_steps):
    """Returns the log-likelihoods of linfa's model and of scikit-learn's after the same number of M-steps."""
    import numpy as np
    from scipy.special import logsumexp
    from scipy.stats import multivariate_normal

    rows = np.load(data)
    mixture = mixture_at_start(rows, "full", n_components, n_m_steps).fit(rows)
    with np.load(model) as linfa:
        components = zip(linfa["weights"], linfa["means"], linfa["covariances"], strict=True)
        log_densities = [np.log(w) + multivariate_normal(m, c).logpdf(rows) for w, m, c in components]
    return {
        "n_m_steps": n_m_steps,
        "scikit-learn": mixture.score(rows) * len(rows),
        "linfa": float(logsumexp(log_densities, axis=0).sum()),
    }


def child_task(dataset, criterion, n_components, pca):
    from sklearn.datasets import load_digits, make_moons
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    if dataset == "moons":
        rows, _ = make_moons(200, noise=0.05, random_state=0)
    else:
        rows = load_digits().data
    warm_up()
    begin = time.perf_counter()
    if pca:
        rows = PCA(0.99, whiten=True).fit_transform(rows)
    mixtures = [GaussianMixture(k, random_state=0).fit(rows) for k in n_components]
    criteria = [getattr(mixture, criterion)(rows) for mixture in mixtures]
    seconds = time.perf_counter() - begin
    return {
        "seconds": seconds,
        "criteria": criteria,
        "log_likelihoods": [mixture.score(rows) * len(rows) for mixture in mixtures],
    }


def child_inference(data, n_components, n_sample):
    import numpy as np

    rows = np.load(data)
    mixture = mixture_at_start(rows, "full", n_components, 1).fit(rows)
    calls = {
        "score_samples": lambda: mixture.score_samples(rows),
        "predict_proba": lambda: mixture.predict_proba(rows),
        "sample": lambda: mixture.sample(n_sample),
    }
    seconds = {}
    for name, call in calls.items():
        begin = time.perf_counter()
        call()
        seconds[name] = time.perf_counter() - begin
    return seconds


def child_facts(dgemm_size):
    import numpy as np
    import scipy
    import sklearn
    import sklearn.mixture  # noqa: F401  threadpool_info lists its shared libraries
    from threadpoolctl import threadpool_info

    a = np.random.default_rng(0).normal(size=(dgemm_size, dgemm_size))
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        a @ a
        seconds.append(time.perf_counter() - begin)
    pools = [
        {key: pool.get(key) for key in ("internal_api", "version", "architecture", "num_threads")}
        for pool in threadpool_info()
    ]
    return {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "thread_pools": pools,
        "dgemm_size": dgemm_size,
        "dgemm_gflops": 2 * dgemm_size**3 / min(seconds) / 1e9,
    }


def child_import():
    """Imports scikit-learn and reads no data, to measure the memory of the imports."""
    import sklearn.mixture  # noqa: F401

    return {}


CHILDREN = {
    "generate": child_generate,
    "start": child_start,
    "em": child_em,
    "check-linfa": child_check_linfa,
    "task": child_task,
    "inference": child_inference,
    "facts": child_facts,
    "import": child_import,
}


def main(name, arguments):
    # reaching the maximum number of iterations is intended
    warnings.filterwarnings("ignore", message=".*did not converge.*")
    print(json.dumps(CHILDREN[name](**json.loads(arguments))))


if __name__ == "__main__":
    main(*sys.argv[1:])
