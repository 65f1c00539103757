"""Writes every embedded data file of mixlab and prints its SHA-256.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python datasets/make.py

digits.npy           pixels of the UCI optical digits as distributed with scikit-learn
digits-labels.npy    the digit that each image shows
moons.npy            make_moons(200, noise=.05, random_state=0)
moons-labels.npy     the moon each point belongs to
stretched-blobs.npy  make_blobs(400, centers=4, cluster_std=.6, random_state=0),
                     columns reversed, times RandomState(13).randn(2, 2)
stretched-blobs-labels.npy  the blob each point belongs to
olivetti-split.npy   rows of the faces for training (280), validation (80) and testing (40)
coordinates.txt      two clusters of coordinates separated by blanks, as numpy.loadtxt reads them
survey.csv           a synthetic market survey: 400 customers of four kinds
customers.csv        the customers of survey.csv with two categories and missing values
heart.csv            the UCI Statlog heart table, with names of levels for codes
heart-missing.csv    the same without the diagnosis, 12 % of its values missing
"""

import csv
import hashlib
import pathlib

import numpy as np
from sklearn.datasets import load_digits, make_blobs, make_moons
from sklearn.model_selection import StratifiedShuffleSplit

HERE = pathlib.Path(__file__).parent


def write(name, array):
    path = HERE / f"{name}.npy"
    np.save(path, np.ascontiguousarray(array))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{digest}  {path.name}  {array.dtype} {array.shape}")


digits = load_digits()
assert (digits.data == digits.data.astype(np.uint8)).all()
write("digits", digits.data.astype(np.uint8))
write("digits-labels", digits.target.astype(np.uint8))

moons, moon = make_moons(200, noise=0.05, random_state=0)
write("moons", moons)
write("moons-labels", moon.astype(np.uint8))

blobs, blob = make_blobs(400, centers=4, cluster_std=0.60, random_state=0)
stretched = blobs[:, ::-1] @ np.random.RandomState(13).randn(2, 2)
write("stretched-blobs", stretched)
write("stretched-blobs-labels", blob.astype(np.uint8))

person = np.repeat(np.arange(40), 10)
rest, test = next(StratifiedShuffleSplit(1, test_size=40, random_state=42).split(person, person))
split = StratifiedShuffleSplit(1, test_size=80, random_state=43).split(rest, person[rest])
train, validation = next(split)
write("olivetti-split", np.concatenate([rest[train], rest[validation], test]).astype(np.uint16))


def write_text(name, *arguments, **options):
    path = HERE / name
    np.savetxt(path, *arguments, **options)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")


rng = np.random.default_rng(7)
parts = [
    rng.multivariate_normal([2.0, 1.0], [[1.0, 0.6], [0.6, 0.8]], 150),
    rng.multivariate_normal([6.5, 4.0], [[0.7, -0.3], [-0.3, 1.2]], 100),
]
write_text("coordinates.txt", rng.permutation(np.concatenate(parts)), fmt="%.4f")

# income rises with age and spending with income: a triangular mix gives every kind these correlations
rng = np.random.default_rng(11)
kinds = [[24, 22, 300, 9], [38, 48, 900, 5], [52, 71, 500, 4], [67, 35, 350, 6]]
mix = np.array([[3.5, 0, 0, 0], [2.5, 5, 0, 0], [10, 45, 60, 0], [-0.2, 0.1, 0.4, 0.8]])
customers = np.repeat(kinds, 100, axis=0) + rng.standard_normal((400, 4)) @ mix.T
order = rng.permutation(400)
write_text(
    "survey.csv",
    customers[order],
    fmt=["%.0f", "%.1f", "%.0f", "%.1f"],
    delimiter=",",
    header="age,income,spending,visits",
    comments="",
)


def write_rows(name, header, rows):
    path = HERE / name
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")


# channel and membership depend on the kind of the customer; incomes are missing more often if they are high, and visits of
# customers who shop online
rng = np.random.default_rng(12)
channels, of_kinds = ["online", "phone", "store"], [[80, 5, 15], [45, 15, 40], [25, 25, 50], [5, 25, 70]]
survey = list(csv.reader((HERE / "survey.csv").open()))
rows = []
for row, kind in zip(survey[1:], np.repeat(range(4), 100)[order]):
    channel = channels[rng.choice(3, p=np.array(of_kinds[kind]) / 100)]
    member = "yes" if rng.random() < [0.1, 0.5, 0.6, 0.35][kind] else "no"
    chance = rng.random(3)
    age, income, spending, visits = (cell.removesuffix(".0") for cell in row)
    if chance[0] < (0.25 if float(income) > 60 else 0.05):
        income = ""
    if chance[1] < (0.2 if channel == "online" else 0.02):
        visits = ""
    rows.append([age, income, spending, visits, "" if chance[2] < 0.03 else channel, member])
write_rows("customers.csv", survey[0] + ["channel", "member"], rows)

# the codes of the UCI table by column, in the words of its documentation
GOLDEN = HERE.parent / "tests" / "golden" / "mixed"
WORDS = {
    "Sex": ["female", "male"],
    "ChestPainType": [None, "typical angina", "atypical angina", "non-anginal pain", "asymptomatic"],
    "FastingBloodSugar": ["normal", "high"],
    "ResElectrocardiographic": ["normal", "ST-T abnormality", "ventricular hypertrophy"],
    "ExerciseInduced": ["no", "yes"],
    "Slope": [None, "upsloping", "flat", "downsloping"],
    "MajorVessels": ["zero", "one", "two", "three"],
    "Thal": {"3": "normal", "6": "fixed defect", "7": "reversible defect"},
    "Class": [None, "absent", "present"],
}
NAMES = (
    "age,sex,chest_pain,blood_pressure,cholesterol,fasting_sugar,ecg,max_heart_rate,exercise_angina,st_slope,vessels,thallium,disease"
)
for name, table in [("heart.csv", "heart.csv"), ("heart-missing.csv", "heart-gaps.csv")]:
    header, *rows = csv.reader((GOLDEN / table).open())

    def word(column, code):
        words = WORDS.get(column)
        if not code or words is None:
            return code
        return words[code] if isinstance(words, dict) else words[int(code)]

    rows = [[word(column, code) for column, code in zip(header, row)] for row in rows]
    write_rows(name, NAMES.split(",")[: len(header)], rows)
