"""Writes rows sampled from ten Gaussians to FOLDER/NAME.npy and FOLDER/NAME.parquet, in blocks."""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PIECE = 1_000_000
N_GROUPS = 10


def write(path, n_rows, n_columns, distance):
    random = np.random.default_rng(1)
    means = random.normal(0, distance, (N_GROUPS, n_columns))
    covariances = [np.cov(random.normal(size=(n_columns, 3 * n_columns))) for _ in means]
    factors = [np.linalg.cholesky(c + 0.1 * np.eye(n_columns)) for c in covariances]
    weights = random.dirichlet(np.full(N_GROUPS, 5.0))
    array = np.lib.format.open_memmap(path + ".npy", mode="w+", dtype="f8", shape=(n_rows, n_columns))
    names = [f"x{column + 1}" for column in range(n_columns)]
    schema = pa.schema([(name, pa.float64()) for name in names])
    with pq.ParquetWriter(path + ".parquet", schema, use_dictionary=False) as parquet:
        for first in range(0, n_rows, PIECE):
            labels = random.choice(N_GROUPS, min(PIECE, n_rows - first), p=weights)
            rows = np.empty((len(labels), n_columns))
            for label, (mean, factor) in enumerate(zip(means, factors)):
                at = np.flatnonzero(labels == label)
                rows[at] = mean + random.normal(size=(len(at), n_columns)) @ factor.T
            array[first : first + len(labels)] = rows
            columns = [pa.array(np.ascontiguousarray(column)) for column in rows.T]
            table = pa.Table.from_arrays(columns, schema=schema)
            parquet.write_table(table, row_group_size=250_000)
    array.flush()


if __name__ == "__main__":
    folder = sys.argv[1]
    write(f"{folder}/20M-by-10", 20_000_000, 10, 1.5)
    write(f"{folder}/5M-by-64", 5_000_000, 64, 0.6)
