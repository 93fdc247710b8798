#!/usr/bin/env python3
"""Fixture for metrics that claim to be what a source's code computes: PyTorch's numbers on outputs from closed formulas.

    pip install torch==2.11.0 && make_metrics.py OUT.json

Each is written here from what the source's function does, in its precision (float32), without looking at mu's.
"""
import json
import math
import sys

import torch
import torch.nn.functional as F

N, CLASSES = 12, 5


def logits(scale, shift):
    """From nearly equal outputs in the first rows to nearly sure ones in the last."""
    return torch.tensor(
        [[scale * (1 + i) * math.sin(1.3 * i + 2.1 * k + shift) for k in range(CLASSES)] for i in range(N)], dtype=torch.float64
    )


OURS, THEIRS = logits(0.8, 0.0), logits(0.3, 1.0)
# Class 3 is nobody's: the columns of labels that the part has are not all.
LABELS = torch.tensor([(i * i + i // 3) % 3 for i in range(N)])
LABELS[LABELS == 2] = 4


def zrf_as_run(ours, theirs):
    """bad-teaching-unlearning's UnLearningScore: F.kl_div(log p, m) is KL(m ‖ p), its mean over samples and classes."""
    p, q = F.softmax(ours.float(), 1), F.softmax(theirs.float(), 1)
    m = (p + q) / 2
    return 1 - (0.5 * F.kl_div(torch.log(p), m, reduction="mean") + 0.5 * F.kl_div(torch.log(q), m, reduction="mean"))


def js(ours, theirs):
    """The paper's divergence, by PyTorch's kl_div with its arguments as that function has them."""
    p, q = F.softmax(ours, 1), F.softmax(theirs, 1)
    log_m = torch.log((p + q) / 2)
    return 0.5 * (F.kl_div(log_m, p, reduction="batchmean") + F.kl_div(log_m, q, reduction="batchmean"))


def m_entropy_as_run(z, labels):
    """Unlearn-WorstCase's m_entropy: every label's column of every sample has 1 - p before log p."""
    p = F.softmax(z.float(), 1)
    log_p = torch.where(p > 0, p.log(), torch.tensor(1e-30).log())
    weights = p.clone()
    columns = sorted(set(labels.tolist()))
    weights[:, columns] = 1 - p[:, columns]
    return -(weights * log_p).sum(1)


def m_entropy(z, labels):
    """Song and Mittal's."""
    p = F.softmax(z, 1)
    own = F.one_hot(labels, CLASSES).bool()
    return torch.where(own, -(1 - p) * p.log(), -p * torch.log1p(-p)).sum(1)


if __name__ == "__main__":
    found = {
        "ours": OURS.tolist(),
        "theirs": THEIRS.tolist(),
        "labels": LABELS.tolist(),
        "zrf@code": zrf_as_run(OURS, THEIRS).item(),
        "zrf": 1 - js(OURS, THEIRS).item() / math.log(2),
        "js_divergence": js(OURS, THEIRS).item(),
        "activation_distance": (F.softmax(OURS, 1) - F.softmax(THEIRS, 1)).norm(dim=1).mean().item(),
        "modified_entropy": m_entropy(OURS, LABELS).tolist(),
        "modified_entropy_faithful": m_entropy_as_run(OURS, LABELS).tolist(),
    }
    with open(sys.argv[1], "w") as out:
        json.dump(found, out, separators=(",", ":"))
