#!/usr/bin/env python3
"""Fixture for splits: which of the UCI digits validate where NumPy draws them as Unlearn-WorstCase's loaders do, seed 1.

    pip install numpy scikit-learn && make_split.py OUT.json
"""
import json
import sys

import numpy as np
from sklearn.datasets import load_digits

labels = load_digits().target
random = np.random.RandomState(1)
chosen = []
for c in range(10):
    members = np.flatnonzero(labels == c)
    chosen += random.choice(members, int(0.1 * len(members)), replace=False).tolist()
json.dump(sorted(chosen), open(sys.argv[1], "w"))
