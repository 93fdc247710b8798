#!/usr/bin/env python3
"""TorchScript functions, as a person saves one to call it in a loss: `torchscript("npo.pt", logits, label, original.logits)`.

    pip install torch==2.11.0 && make_functions.py fixtures/functions

The tests compare them with the same text in mu, so there are no numbers beside them.
"""
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import Tensor, nn

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)


@torch.jit.script
def npo(logits: Tensor, label: Tensor, original: Tensor) -> Tensor:
    """-(2/beta) log sigma(-beta log(p / p0)), beta 0.1 (Zhang et al., COLM 2024)."""
    own = F.log_softmax(logits, 1).gather(1, label.unsqueeze(1)).squeeze(1)
    theirs = F.log_softmax(original, 1).gather(1, label.unsqueeze(1)).squeeze(1)
    return -20.0 * F.logsigmoid(-0.1 * (own - theirs))


class Weighed(nn.Module):
    """Cross-entropy, class c weighed by 1 + c / 2. What it holds is in float32, whatever it is given."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weights", 1 + torch.arange(10) / 2)
        self.scale = nn.Parameter(torch.ones(()))
        self.dropout = nn.Dropout(0.5)

    def forward(self, logits: Tensor, label: Tensor) -> Tensor:
        own = F.log_softmax(self.dropout(logits), 1).gather(1, label.unsqueeze(1)).squeeze(1)
        return -self.scale * self.weights[label] * own


class Counts(nn.Module):
    """Its answer depends on how often it was asked."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def forward(self, logits: Tensor) -> Tensor:
        self.asked += 1
        return self.asked * logits.sum(1)


@torch.jit.script
def spread(logits: Tensor) -> Tensor:
    """No number of each sample."""
    return F.softmax(logits, 1)


for name, function in [("npo", npo), ("weighed", torch.jit.script(Weighed())), ("counts", torch.jit.script(Counts())), ("spread", spread)]:
    function.save(str(OUT / f"{name}.pt"))
