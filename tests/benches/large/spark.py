"""Measures seconds per EM iteration of Spark MLlib's GaussianMixture on a Parquet file: spark.py FILE K."""

import resource
import sys
import time

from pyspark.ml.clustering import GaussianMixture
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession

# initialisation and setup cost the same in both runs, so the difference is the cost of the additional iterations
FEW, MANY = 1, 4


def main(path, k):
    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "14g")
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    frame = spark.read.parquet(path)
    rows = VectorAssembler(inputCols=frame.columns, outputCol="features").transform(frame)
    rows = rows.select("features").persist()
    rows.count()

    def seconds(iterations):
        start = time.perf_counter()
        model = GaussianMixture(k=k, maxIter=iterations, tol=0.0, seed=1).fit(rows)
        # Spark stops earlier if the log-likelihood does not change
        return time.perf_counter() - start, model.summary.numIter

    (few, n_few), (many, n_many) = seconds(FEW), seconds(MANY)
    pid = spark.sparkContext._gateway.proc.pid
    with open(f"/proc/{pid}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    per_iteration = (many - few) / (n_many - n_few)
    print(f"Spark local[2]\t{per_iteration:.2f} s per iteration\tpeak {peak / 1024:.0f} MiB")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
