"""Writes the reference values for the tests of mixlab, as NumPy archives.

    pip install scikit-learn==1.9.1 numpy==2.4.6 mpmath==1.4.1
    python tests/golden/generate.py

mixture-D-TYPE.npz For each covariance type: 300 rows of D = 3 columns (150 of D = 20), the initial
                   parameters, and the parameters and mean log-likelihood after 1, 2, 5 and 20 EM steps of
                   scikit-learn from that start (tol=0, reg_covar=1e-6); then posteriors, log-densities,
                   AIC and BIC of the model after 20 steps. `steps` lists the numbers of steps.
pca-SHAPE.npz      PCA of tall (200 x 5) and wide (20 x 50) data: means, axes, variances, ratios,
                   scores and whitened scores.
case-NAME.npz      Results for rows that are computed by `formula`, which the tests implement too, and not stored:
                   1 to 400 columns, tiny (1e-8) and huge (1e8). For each covariance type: the mean
                   log-likelihood after each of ten EM steps from a given start, the parameters,
                   log-densities and posteriors after the tenth, and a converged fit.
exact-NAME.npz     Five such steps for rows 1e9 away from the origin and for covariances with condition number
                   1e12, by EM in 60-digit arithmetic (mpmath): scikit-learn itself is inaccurate there.
scaler.npz         Means, scales and standardised rows.
kmeans.npz         Centroids and inertia of a fit from given initial centroids.

scikit-learn's n-th EM iteration ends with an M-step; mixlab counts the same way. The mean
log-likelihood of a step here is the `score` of the parameters after it, not the lower bound, which
scikit-learn computes before the M-step. The divisor of mixlab's noise variance is the
number of dropped directions (Tipping & Bishop 1999, eq. 8), so it is compared for tall data only.
"""

import pathlib
import warnings

import mpmath
import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent
STEPS = [1, 2, 5, 20]
warnings.simplefilter("ignore", ConvergenceWarning)


def write(name, **arrays):
    versions = f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"
    np.savez_compressed(
        HERE / f"{name}.npz",
        versions=np.frombuffer(versions.encode("ascii"), dtype=np.uint8),
        **{key: np.ascontiguousarray(value) for key, value in arrays.items()},
    )


def overlapping_rows(rng):
    """Returns three elongated clusters that overlap, so that posteriors are soft."""
    parts = []
    for count, mean, scale in [(120, 0.0, 1.0), (100, 1.5, 0.6), (80, -1.0, 1.4)]:
        transform = rng.standard_normal((3, 3)) * scale
        parts.append(rng.standard_normal((count, 3)) @ transform + mean)
    return rng.permutation(np.concatenate(parts))


def many_columns(rng):
    """Returns two clusters of correlated columns, close enough for soft posteriors."""
    parts = []
    for count, mean in [(90, 0.0), (60, 0.5)]:
        transform = rng.standard_normal((20, 20)) / 4 + np.eye(20)
        parts.append(rng.standard_normal((count, 20)) @ transform + mean)
    return rng.permutation(np.concatenate(parts))


def mixture(covariance_type, data, k):
    start = {
        "weights": np.arange(k, 0, -1) / np.arange(k, 0, -1).sum(),
        "means": data[:k],
        "covariances": {
            "full": np.stack([np.cov(data.T) * (1 + i) / 2 for i in range(k)]),
            "tied": np.cov(data.T),
            "diag": np.stack([data.var(axis=0) * (1 + i) / 2 for i in range(k)]),
            "spherical": data.var() * (1 + np.arange(k)) / 2,
        }[covariance_type],
    }
    covariances = start["covariances"]
    if covariance_type in ("full", "tied"):
        precisions = np.linalg.inv(covariances)
    else:
        precisions = 1 / covariances
    after = {}
    for steps in STEPS:
        model = GaussianMixture(
            k,
            covariance_type=covariance_type,
            tol=0,
            max_iter=steps,
            weights_init=start["weights"],
            means_init=start["means"],
            precisions_init=precisions,
        ).fit(data)
        after[f"weights_{steps}"] = model.weights_
        after[f"means_{steps}"] = model.means_
        after[f"covariances_{steps}"] = model.covariances_
        after[f"score_{steps}"] = model.score(data)
    write(
        f"mixture-{data.shape[1]}-{covariance_type}",
        data=data,
        steps=np.array(STEPS),
        **start,
        **after,
        log_prob=model.score_samples(data),
        posterior=model.predict_proba(data),
        precisions_cholesky=model.precisions_cholesky_,
        aic=model.aic(data),
        bic=model.bic(data),
    )


def pca(shape, data, kept):
    plain = PCA(kept, svd_solver="full").fit(data)
    whitened = PCA(kept, svd_solver="full", whiten=True).fit(data)
    write(
        f"pca-{shape}",
        data=data,
        mean=plain.mean_,
        axes=plain.components_,
        variances=plain.explained_variance_,
        ratios=plain.explained_variance_ratio_,
        noise_variance=plain.noise_variance_,
        scores=plain.transform(data),
        whitened=whitened.transform(data),
    )


def formula(n, d, k):
    """Returns n rows of d columns about k centres, in which every number is exact in binary."""
    state = 1
    rows = np.empty((n, d))
    for i in range(n):
        for j in range(d):
            total = 0
            for _ in range(4):
                state = (1103515245 * state + 12345) % 2**31
                total += state
            rows[i, j] = total / 2**31 - 2 + 1.5 * ((i % k * 7 + j * 3) % 5 - 2)
    return rows


def start_of(data, k):
    """Returns equal weights, the first rows as means, and a quarter of the mean variance as spherical variance."""
    return np.full(k, 1 / k), data[:k], data.var(axis=0).mean() / 4


def expand(variance, covariance_type, k, d):
    return {
        "full": np.tile(np.eye(d) * variance, (k, 1, 1)),
        "tied": np.eye(d) * variance,
        "diag": np.full((k, d), variance),
        "spherical": np.full(k, variance),
    }[covariance_type]


def case(name, data, k, reg_covar):
    weights, means, variance = start_of(data, k)
    d = data.shape[1]
    arrays = {}
    for covariance_type in ("full", "tied", "diag", "spherical"):

        def fit(max_iter, tol):
            return GaussianMixture(
                k,
                covariance_type=covariance_type,
                tol=tol,
                max_iter=max_iter,
                reg_covar=reg_covar,
                weights_init=weights,
                means_init=means,
                precisions_init=expand(1 / variance, covariance_type, k, d),
            ).fit(data)

        arrays[f"{covariance_type}_trace"] = [fit(step, 0).score(data) for step in range(1, 11)]
        model = fit(10, 0)
        converged = fit(5000, 1e-13)
        arrays[f"{covariance_type}_weights"] = model.weights_
        arrays[f"{covariance_type}_means"] = model.means_
        arrays[f"{covariance_type}_log_prob"] = model.score_samples(data)
        arrays[f"{covariance_type}_posterior"] = model.predict_proba(data)
        arrays[f"{covariance_type}_aic"] = model.aic(data)
        arrays[f"{covariance_type}_bic"] = model.bic(data)
        arrays[f"{covariance_type}_converged_score"] = converged.score(data)
        arrays[f"{covariance_type}_converged_means"] = converged.means_
    write(f"case-{name}", **arrays)


def exact(name, data, k, reg_covar):
    """Writes results of textbook EM (Bishop 2006, section 9.2.2) in 60-digit arithmetic."""
    mpmath.mp.dps = 60
    n, d = data.shape
    start_weights, start_means, variance = start_of(data, k)
    rows = [mpmath.matrix([mpmath.mpf(float(v)) for v in row]) for row in data]
    arrays = {"variance": variance}
    for covariance_type in ("full", "tied", "diag", "spherical"):
        weights = [mpmath.mpf(float(w)) for w in start_weights]
        means = [mpmath.matrix([mpmath.mpf(float(v)) for v in row]) for row in start_means]
        covariances = [mpmath.eye(d) * mpmath.mpf(float(variance)) for _ in range(k)]

        def densities():
            logs = []
            inverses = [c**-1 for c in covariances]
            dets = [mpmath.log(mpmath.det(c)) for c in covariances]
            for row in rows:
                of_row = []
                for j in range(k):
                    diff = row - means[j]
                    squared = (diff.T * inverses[j] * diff)[0]
                    constant = d * mpmath.log(2 * mpmath.pi) + dets[j]
                    of_row.append(mpmath.log(weights[j]) - (constant + squared) / 2)
                largest = max(of_row)
                total = largest + mpmath.log(sum(mpmath.exp(v - largest) for v in of_row))
                logs.append((total, [mpmath.exp(v - total) for v in of_row]))
            return logs

        trace = []
        for _ in range(5):
            posterior = [p for _, p in densities()]
            counts = [sum(p[j] for p in posterior) for j in range(k)]
            weights = [c / n for c in counts]
            zero = mpmath.zeros(d, 1)
            means = [
                sum((p[j] * row for p, row in zip(posterior, rows)), zero) / counts[j]
                for j in range(k)
            ]
            scatters = [
                sum(
                    (p[j] * (row - means[j]) * (row - means[j]).T for p, row in zip(posterior, rows)),
                    mpmath.zeros(d),
                )
                for j in range(k)
            ]
            ridge = mpmath.eye(d) * mpmath.mpf(reg_covar)
            if covariance_type == "tied":
                shared = sum(scatters, mpmath.zeros(d)) / n + ridge
                covariances = [shared] * k
            else:
                covariances = [s / c for s, c in zip(scatters, counts)]
                if covariance_type != "full":
                    covariances = [mpmath.diag([c[i, i] for i in range(d)]) for c in covariances]
                if covariance_type == "spherical":
                    traces = [sum(c[i, i] for i in range(d)) / d for c in covariances]
                    covariances = [mpmath.eye(d) * t for t in traces]
                covariances = [c + ridge for c in covariances]
            trace.append(float(sum(t for t, _ in densities()) / n))
        final = densities()
        arrays[f"{covariance_type}_trace"] = trace
        arrays[f"{covariance_type}_weights"] = [float(w) for w in weights]
        arrays[f"{covariance_type}_means"] = [[float(v) for v in m] for m in means]
        arrays[f"{covariance_type}_covariances"] = [
            [[float(c[i, j]) for j in range(d)] for i in range(d)] for c in covariances
        ]
        arrays[f"{covariance_type}_log_prob"] = [float(t) for t, _ in final]
        arrays[f"{covariance_type}_posterior"] = [[float(v) for v in p] for _, p in final]
    write(f"exact-{name}", **arrays)


if __name__ == "__main__":
    for n, d, k in [(200, 1, 3), (200, 2, 3), (300, 10, 3), (400, 64, 3), (1000, 400, 2)]:
        case(f"{d}-columns", formula(n, d, k), k, 1e-6)
    case("tiny", formula(200, 3, 3) * 1e-8, 3, 0.0)
    case("huge", formula(200, 3, 3) * 1e8, 3, 0.0)
    exact("far", formula(60, 3, 2) + 1e9, 2, 1e-6)
    narrow = formula(60, 3, 2)
    narrow[:, 2] = narrow[:, 0] + narrow[:, 1] + narrow[:, 2] * 2.0**-20
    exact("narrow", narrow, 2, 0.0)

    rng = np.random.default_rng(20240229)
    data = overlapping_rows(rng)
    for covariance_type in ("full", "tied", "diag", "spherical"):
        mixture(covariance_type, data, 4)
    pca("tall", rng.standard_normal((200, 5)) @ rng.standard_normal((5, 5)) + 3, 3)
    pca("wide", rng.standard_normal((20, 50)) @ rng.standard_normal((50, 50)) - 1, 7)
    scaler = StandardScaler().fit(data)
    wide = many_columns(rng)
    for covariance_type in ("full", "tied", "diag", "spherical"):
        mixture(covariance_type, wide, 2)
    write("scaler", data=data, mean=scaler.mean_, scale=scaler.scale_, scaled=scaler.transform(data))
    kmeans = KMeans(4, init=data[:4], n_init=1, tol=0, max_iter=300).fit(data)
    write(
        "kmeans",
        data=data,
        start=data[:4],
        centroids=kmeans.cluster_centers_,
        inertia=kmeans.inertia_,
        labels=kmeans.labels_.astype(np.int64),
    )
