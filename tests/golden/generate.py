"""Writes the reference values that mixlab is tested against, as NumPy archives.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python tests/golden/generate.py

mixture-D-TYPE.npz For each covariance type: 300 rows of D = 3 columns (150 of D = 20), the parameters of
                   a start, and the parameters and mean log-likelihood after 1, 2, 5 and 20 EM steps of
                   scikit-learn from that start (tol=0, reg_covar=1e-6); then posteriors, log-densities,
                   AIC and BIC of the model after 20 steps. `steps` lists the numbers of steps.
pca-SHAPE.npz      Analyses of tall (200 x 5) and wide (20 x 50) data: means, axes, variances, ratios,
                   scores and whitened scores.
scaler.npz         Means, scales and standardised rows.
kmeans.npz         Centroids and inertia from given centroids.

scikit-learn's n-th EM iteration ends with an M-step; mixlab counts the same way. The mean
log-likelihood of a step here is `score` of the parameters after it, not the lower bound, which
scikit-learn takes before the M-step. The noise variance of mixlab divides by the number of
dropped directions (Tipping & Bishop 1999, eq. 8), so it is compared for tall data only.
"""

import pathlib
import warnings

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
    """Three elongated clusters that overlap, so that posteriors are soft."""
    parts = []
    for count, mean, scale in [(120, 0.0, 1.0), (100, 1.5, 0.6), (80, -1.0, 1.4)]:
        transform = rng.standard_normal((3, 3)) * scale
        parts.append(rng.standard_normal((count, 3)) @ transform + mean)
    return rng.permutation(np.concatenate(parts))


def many_columns(rng):
    """Two clusters of correlated columns, close enough for soft posteriors."""
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


if __name__ == "__main__":
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
