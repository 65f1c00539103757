#!/bin/sh
# Wrote the model files of this folder with mixlab 0.1.0, when version 1 of the format had these fields; run in the root
# of the repository. The files are not regenerated: later versions must load files that earlier versions wrote.
set -e
models=tests/golden/models
mixlab fit datasets/moons.npy -k 3 --covariance full -o $models/mixture.npz
mixlab fit datasets/survey.csv --standardize --pca 2 --whiten -k 1..3 --covariance full,diag -o $models/pipeline.npz
mixlab fit dataset:digits --pca 2 -k 2,3 --covariance tied --criterion icl -o $models/images.json
