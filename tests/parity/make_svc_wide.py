#!/usr/bin/env python3
"""Fixture for the SVC attack on features of several numbers, and on entropies: scikit-learn's answers.

    make_svc_wide.py OUT.json

Needs scikit-learn and numpy. A network is trained on half of the UCI digits, too long; its outputs on both halves are what the
attack sees. Features are rounded to six decimals, so that both sides read the same numbers.
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

x, y = load_digits(return_X_y=True)
x = x / 16
members, others = np.arange(len(y)) % 2 == 0, np.arange(len(y)) % 2 == 1
net = MLPClassifier((24,), max_iter=60, random_state=0).fit(x[members], y[members])
p = net.predict_proba(x).clip(1e-12, 1)
p /= p.sum(1, keepdims=True)
of_label = p[np.arange(len(y)), y]
entropy = -(p * np.log(p)).sum(1)
rest = -(p * np.log((1 - p).clip(1e-30, 1)))
rest[np.arange(len(y)), y] = 0
features = {
    "confidence": of_label[:, None],
    "entropy": entropy[:, None],
    "modified_entropy": (-(1 - of_label) * np.log(of_label) + rest.sum(1))[:, None],
    "correctness": (p.argmax(1) == y).astype(float)[:, None],
    "probabilities": p,
}
cases = []
for name, f in features.items():
    f = np.round(f, 6)
    train = np.concatenate([f[members][:300], f[others][:300]])
    asked = np.concatenate([f[members][300:450], f[others][300:450]])
    svc = SVC(C=3, gamma="auto", kernel="rbf", tol=1e-6).fit(train, np.repeat([1, 0], 300))
    answers = svc.predict(asked)
    print(name, answers.mean())
    cases.append({
        "feature": name,
        "x": [[float(v) for v in row] for row in train],
        "members": 300,
        "queries": [[float(v) for v in row] for row in asked],
        "predictions": "".join(map(str, answers)),
    })
with open(sys.argv[1], "w") as out:
    json.dump({"sklearn": sklearn.__version__, "cases": cases}, out, separators=(",", ":"))
