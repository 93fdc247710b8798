#!/usr/bin/env python3
"""Fixture for the SVC attack: scikit-learn's answers on the stored outputs of a real run.

    make_svc.py STORE OUT.json      # STORE: after `mu run` of experiments with the metric `mia`

Needs scikit-learn, numpy and safetensors. For each case: the 1-D confidences that the attack is trained on
(members first), those it is asked about, and the predictions of SVC(C=3, gamma='auto', kernel='rbf').
"""
import json
import pathlib
import sys

import numpy as np
import sklearn
from safetensors.numpy import load_file
from sklearn.svm import SVC

CASES = 4


def confidences(tensors, part):
    logits = tensors[f"{part}.logits"].astype(np.float64)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p[np.arange(len(p)), tensors[f"{part}.labels"]]


def main(store, out):
    objects = {p.name: p for p in pathlib.Path(store, "objects").glob("*/*")}
    cases = []
    for name in sorted(objects):
        spec = json.loads((objects[name] / "meta.json").read_text())["spec"]
        if spec["step"] != "measure" or spec["kernel"]["kernel"] != "mia":
            continue
        tensors = load_file(objects[spec["kernel"]["infer"]] / "outputs.safetensors")
        forget = np.load(objects[spec["kernel"]["forget"]] / "forget.npy")
        train, test = confidences(tensors, "train"), confidences(tensors, "test")
        member = np.isin(tensors["train.index"], forget)
        retain, asked = train[~member], train[member]
        n = min(len(retain), len(test))
        x = np.concatenate([retain[:n], test[:n]])
        y = np.repeat([1, 0], n)
        svc = SVC(C=3, gamma="auto", kernel="rbf", tol=1e-6).fit(x[:, None], y)
        # The questions: the forget set, and a grid, so that the whole decision function is compared.
        queries = np.concatenate([asked, np.linspace(0, 1, 501)])
        predictions = svc.predict(queries[:, None])
        mia = 100.0 * np.mean(predictions[: len(asked)] == 0)
        stored = json.loads((objects[name] / "value.json").read_text())["value"]
        print(f"{name[:12]} n={n} sklearn {mia:.4f} stored {stored:.4f}")
        cases.append({"x": x.tolist(), "members": n, "queries": queries.tolist(), "predictions": "".join(map(str, predictions))})
    # The cases with the most varied answers say most.
    cases.sort(key=lambda c: -min(c["predictions"].count("0"), c["predictions"].count("1")))
    pathlib.Path(out).write_text(json.dumps({"sklearn": sklearn.__version__, "cases": cases[:CASES]}))


main(*sys.argv[1:])
