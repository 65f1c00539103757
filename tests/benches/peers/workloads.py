"""The workloads of the benchmark."""

from dataclasses import dataclass

QUICK_DIVISOR = 50
MIB = 2**20


@dataclass(frozen=True)
class EmWorkload:
    """EM with a fixed number of iterations."""

    name: str
    covariance: str
    n_samples: int
    n_features: int
    n_components: int
    n_iter: int
    with_linfa: bool = False

    def label(self):
        return f"{self.name}: {self.n_samples} x {self.n_features}, K={self.n_components}, N={self.n_iter}"


@dataclass(frozen=True)
class Task:
    """A search over numbers of components, as a user would run it."""

    name: str
    dataset: str
    criterion: str
    first: int
    last: int
    step: int
    quick_last: int
    pca: bool = False

    def label(self):
        return f"{self.name}: K={self.first}..{self.last} by {self.step}"

    def n_components(self):
        return range(self.first, self.last + 1, self.step)


EM_WORKLOADS = [
    EmWorkload("full-2d", "full", 100_000, 2, 10, 20, with_linfa=True),
    EmWorkload("full-10d", "full", 200_000, 10, 16, 20, with_linfa=True),
    EmWorkload("full-64d", "full", 100_000, 64, 16, 10, with_linfa=True),
    EmWorkload("tied-10d", "tied", 1_000_000, 10, 32, 5),
    EmWorkload("diag-64d", "diag", 1_000_000, 64, 64, 3),
    EmWorkload("spherical-64d", "spherical", 1_000_000, 64, 64, 3),
]
TASKS = [
    Task("moons", "moons", "bic", 1, 19, 1, quick_last=4),
    Task("digits", "digits", "aic", 50, 200, 25, quick_last=75, pca=True),
]
# only on request: mixlab's inference is measured by the Rust benchmarks
INFERENCE = EmWorkload("inference", "full", 1_000_000, 10, 16, 1)
