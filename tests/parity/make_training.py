#!/usr/bin/env python3
"""Fixture for the engine's networks and optimizers: what PyTorch computes from the same weights and batches.

    make_training.py OUT.json

A ResNet of option A (width 4, two blocks a stage, 1 × 8 × 8 images, 10 classes) with weights and images from a closed
formula, so that the fixture holds results only: evaluation-mode logits, three training losses, sums of |parameter| after.
"""
import json
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn


class Basic(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.more = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1 or self.more:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        return F.relu(x + y)


class Net(nn.Module):
    def __init__(self, w=4):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, w, 3, 1, 1, bias=False), nn.BatchNorm2d(w)
        self.layer1 = nn.Sequential(Basic(w, w, 1), Basic(w, w, 1))
        self.layer2 = nn.Sequential(Basic(w, 2 * w, 2), Basic(2 * w, 2 * w, 1))
        self.layer3 = nn.Sequential(Basic(2 * w, 4 * w, 2), Basic(4 * w, 4 * w, 1))
        self.linear = nn.Linear(4 * w, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def fill(n, phase):
    return torch.sin(torch.arange(n, dtype=torch.float64) * 0.37 + phase)


def start():
    net = Net()
    with torch.no_grad():
        for i, (name, p) in enumerate(sorted(net.named_parameters())):
            value = 0.3 * fill(p.numel(), i).reshape(p.shape)
            p.copy_(1 + 0.3 * value if ".bn" in "." + name and name.endswith("weight") else value)
    return net


def batch(k):
    images = fill(16 * 64, 10 + k).reshape(16, 1, 8, 8).float()
    return images, torch.arange(16) * (k + 3) % 10


def run(make):
    net = start()
    net.eval()
    out = {"logits": net(batch(0)[0])[:2].flatten().tolist(), "losses": [], "norms": {}}
    net.train()
    optimizer = make(net)
    for k in range(3):
        x, y = batch(k)
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer(k)
        net.zero_grad()
        out["losses"].append(loss.item())
    tensors = {**dict(net.named_parameters()), **{n: b for n, b in net.named_buffers() if "num" not in n}}
    out["norms"] = {n: t.detach().double().abs().sum().item() for n, t in sorted(tensors.items())}
    return out


def sgd(net):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    return lambda k: optimizer.step()


def sign(net):
    @torch.no_grad()
    def step(k):
        for p in net.parameters():
            p -= 1e-3 * p.grad.sign()

    return step


pathlib.Path(sys.argv[1]).write_text(json.dumps({"torch": torch.__version__, "sgd": run(sgd), "sign_sgd": run(sign)}))
