"""How well synthetic rows follow held-out rows, how useful they are, and whether they are near to the rows they were learned from."""

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import NearestNeighbors

MOST_ROWS = 3000


def matrix(tables):
    """The tables as numbers: categories as codes that are the same in all of them, missing values as NaN."""
    columns = list(tables[0])
    together = pd.concat([table[columns] for table in tables], ignore_index=True)
    numbers, categorical = np.empty(together.shape), []
    for at, name in enumerate(columns):
        column = together[name]
        first = tables[0][name]
        if pd.api.types.is_numeric_dtype(first):
            numbers[:, at] = pd.to_numeric(column, errors="coerce")
        else:
            codes, _ = pd.factorize(column.astype(object).where(column.isna(), column.astype(str)), sort=True)
            numbers[:, at] = np.where(codes < 0, np.nan, codes)
            categorical.append(at)
    ends = np.cumsum([len(table) for table in tables])[:-1]
    return np.split(numbers, ends), categorical


def auc(held_out, synthetic, seed=0):
    """AUC of boosted trees that tell held-out from synthetic rows, 3-fold, on at most 3000 rows of each."""
    rng = np.random.default_rng(seed)
    n = min(len(held_out), len(synthetic), MOST_ROWS)
    parts = [table.iloc[rng.permutation(len(table))[:n]] for table in (held_out, synthetic)]
    (a, b), categorical = matrix(parts)
    rows, labels = np.vstack([a, b]), np.r_[np.zeros(n), np.ones(n)]
    model = HistGradientBoostingClassifier(random_state=0, categorical_features=categorical or None)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    probabilities = cross_val_predict(model, rows, labels, cv=folds, method="predict_proba")[:, 1]
    return roc_auc_score(labels, probabilities)


def usefulness(train, held_out, synthetic):
    """Score of models of the last column on held-out rows, trained on synthetic rows, less that of models trained on real rows.

    R² of numbers and the mean of 2 AUC - 1 over the levels of categories; none if real rows predict nothing.
    """
    (real, test, made), categorical = matrix([train, held_out, synthetic])
    target = len(train.columns) - 1
    known = np.unique(real[~np.isnan(real[:, target]), target])
    is_category = target in categorical or len(known) <= 10
    if is_category:
        # other values count as the nearest known one
        for part in (real, test, made):
            nearest = known[np.abs(part[:, target, None] - known).argmin(1)]
            part[:, target] = np.where(np.isnan(part[:, target]), np.nan, np.searchsorted(known, nearest))
    features = list(range(target))
    names = [at for at in categorical if at != target] or None

    def score(rows):
        rows, others = rows[~np.isnan(rows[:, target])], test[~np.isnan(test[:, target])]
        x, y, x_test, y_test = rows[:, features], rows[:, target], others[:, features], others[:, target]
        if not is_category:
            model = HistGradientBoostingRegressor(random_state=0, categorical_features=names).fit(x, y)
            return r2_score(y_test, model.predict(x_test))
        if len(np.unique(y)) < 2:
            return 0.0
        model = HistGradientBoostingClassifier(random_state=0, categorical_features=names).fit(x, y)
        probabilities, gains = model.predict_proba(x_test), []
        for at, level in enumerate(model.classes_):
            is_level = y_test == level
            if 0 < is_level.sum() < len(is_level):
                gains.append(2 * roc_auc_score(is_level, probabilities[:, at]) - 1)
        return float(np.mean(gains)) if gains else 0.0

    of_real = score(real)
    return score(made) - of_real if of_real > 0.1 else np.nan


def nearer_to_training(train, held_out, synthetic):
    """Share of synthetic rows whose nearest real row is one of the training rows and not a held-out one: 1/2 without copying."""
    n = min(len(train), len(held_out))
    (a, b, s), categorical = matrix([train.iloc[:n], held_out.iloc[:n], synthetic])
    center, scale = np.nanmean(a, axis=0), np.nanstd(a, axis=0)
    scale[scale == 0] = 1

    def rows(part):
        part = np.nan_to_num((part - center) / scale)
        return part

    distances = [NearestNeighbors(n_neighbors=1).fit(rows(part)).kneighbors(rows(s))[0][:, 0] for part in (a, b)]
    return float(np.mean(distances[0] < distances[1]) + 0.5 * np.mean(distances[0] == distances[1]))


def quality(held_out, synthetic):
    """sdmetrics' overall quality: column shapes and pair trends."""
    from sdmetrics.reports.single_table import QualityReport

    columns = {
        name: {"sdtype": "numerical" if pd.api.types.is_numeric_dtype(held_out[name]) else "categorical"}
        for name in held_out
    }
    report = QualityReport()
    report.generate(held_out, synthetic[list(held_out)], {"columns": columns}, verbose=False)
    return report.get_score()
