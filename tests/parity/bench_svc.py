#!/usr/bin/env python3
"""The SVC attack beside scikit-learn: writes 20 000 points of each feature, and times fit and predict.

    bench_svc.py FOLDER && MU_SVC=FOLDER cargo test --release -p mu-engine svc_beside -- --ignored --nocapture

Needs scikit-learn and numpy, and Fashion-MNIST where the Debian package dataset-fashion-mnist puts it.
"""
import gzip
import pathlib
import sys
import time

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

root, out = pathlib.Path("/usr/share/datasets/fashion-mnist"), pathlib.Path(sys.argv[1])
out.mkdir(exist_ok=True)


def read(name, offset):
    return np.frombuffer(gzip.open(root / name).read(), np.uint8, offset=offset)


x = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 784) / 255.0
y = read("train-labels-idx1-ubyte.gz", 8)
n = 10_000
net = MLPClassifier((64,), max_iter=25, random_state=0).fit(x[:n], y[:n])
p = net.predict_proba(x[: 4 * n])
for name, f in {"confidence": p[np.arange(4 * n), y[: 4 * n]][:, None], "probabilities": p}.items():
    train, asked = f[: 2 * n], f[2 * n : 4 * n]
    labels = np.repeat([1, 0], n)
    for tol in (1e-3, 1e-6):
        begun = time.time()
        svc = SVC(C=3, gamma="auto", kernel="rbf", tol=tol, cache_size=1000).fit(train, labels)
        answers = svc.predict(asked)
        print(f"{name}: scikit-learn, tol {tol:g}: {time.time() - begun:.2f} s", flush=True)
    train.astype("<f8").tofile(out / f"{name}.train")
    asked.astype("<f8").tofile(out / f"{name}.asked")
    answers.astype("u1").tofile(out / f"{name}.answers")
