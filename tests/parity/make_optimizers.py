"""Optimizers and learning rates of PyTorch 2.11: fixtures/optimizers.json and fixtures/schedules.json.

    python make_optimizers.py

Optimizers: 50 steps in float64 on the loss Σ (aᵢ·θᵢ² / 2 + bᵢ·sin(θᵢ)) · (1 + sin(step) / 2) of two tensors, from fixed starts.
Lion is not in PyTorch: its two lines are written out as in Chen et al. (2023), Algorithm 2.
Schedules: the factor on the learning rate in each of twelve epochs, or before each of five steps of twelve epochs.
"""
import json
import math
from pathlib import Path

import torch
from torch.optim import lr_scheduler as lrs

here = Path(__file__).parent / "fixtures"


def start():
    fill = lambda n, phase: torch.sin(torch.arange(n, dtype=torch.float64) * 0.37 + phase)
    return [fill(6, 0.0).view(2, 3).requires_grad_(), fill(4, 1.0).requires_grad_()]


def loss(tensors, step):
    total = 0
    for k, t in enumerate(tensors):
        flat = t.flatten()
        a = torch.arange(1, flat.numel() + 1, dtype=torch.float64) * (0.3 + k)
        total = total + (a * flat**2 / 2 + torch.cos(a) * torch.sin(flat)).sum()
    return total * (1 + math.sin(step) / 2)


class Lion(torch.optim.Optimizer):
    def __init__(self, parameters, lr, betas, weight_decay):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(b1 * m + (1 - b1) * p.grad)
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(update, alpha=group["lr"])
                m.mul_(b2).add_(p.grad, alpha=1 - b2)


o = torch.optim
sgd = lambda momentum=0.9, weight_decay=0.0, dampening=0.0, nesterov=False: dict(
    rule="sgd", momentum=momentum, weight_decay=weight_decay, dampening=dampening, nesterov=nesterov)
adam = lambda weight_decay, decoupled, beta1=0.9, beta2=0.999, epsilon=1e-8: dict(
    rule="adam", beta1=beta1, beta2=beta2, epsilon=epsilon, weight_decay=weight_decay, decoupled=decoupled)
rms = lambda momentum, centered, weight_decay=0.0: dict(
    rule="rmsprop", alpha=0.99, epsilon=1e-8, momentum=momentum, weight_decay=weight_decay, centered=centered)
cases = [
    (sgd(weight_decay=0.01), None, 0.02, lambda p, lr: o.SGD(p, lr, momentum=0.9, weight_decay=0.01)),
    (sgd(weight_decay=0.01, nesterov=True), None, 0.02, lambda p, lr: o.SGD(p, lr, momentum=0.9, weight_decay=0.01, nesterov=True)),
    (sgd(dampening=0.3), None, 0.02, lambda p, lr: o.SGD(p, lr, momentum=0.9, dampening=0.3)),
    (adam(0.0, False), None, 0.05, lambda p, lr: o.Adam(p, lr)),
    (adam(0.02, False, 0.8, 0.99, 1e-4), None, 0.05, lambda p, lr: o.Adam(p, lr, (0.8, 0.99), 1e-4, 0.02)),
    (adam(0.1, True), None, 0.05, lambda p, lr: o.AdamW(p, lr, weight_decay=0.1)),
    (rms(0.0, False), None, 0.01, lambda p, lr: o.RMSprop(p, lr)),
    (rms(0.5, True, 0.01), None, 0.005, lambda p, lr: o.RMSprop(p, lr, momentum=0.5, centered=True, weight_decay=0.01)),
    (dict(rule="adagrad", lr_decay=0.1, epsilon=1e-10, weight_decay=0.01, initial=0.5), None, 0.1,
     lambda p, lr: o.Adagrad(p, lr, lr_decay=0.1, weight_decay=0.01, initial_accumulator_value=0.5)),
    (dict(rule="lion", beta1=0.9, beta2=0.99, weight_decay=0.1), None, 0.01, lambda p, lr: Lion(p, lr, (0.9, 0.99), 0.1)),
    (sgd(weight_decay=0.01), dict(norm=0.7), 0.02, lambda p, lr: o.SGD(p, lr, momentum=0.9, weight_decay=0.01)),
    (adam(0.0, False), dict(value=0.4), 0.05, lambda p, lr: o.Adam(p, lr)),
]
out = []
for rule, clip, lr, make in cases:
    tensors = start()
    optimizer = make(tensors, lr)
    for step in range(50):
        optimizer.zero_grad()
        loss(tensors, step).backward()
        if clip and "norm" in clip:
            torch.nn.utils.clip_grad_norm_(tensors, clip["norm"])
        elif clip:
            torch.nn.utils.clip_grad_value_(tensors, clip["value"])
        optimizer.step()
    out.append(dict(rule=rule, clip=clip, lr=lr, after=[t.detach().flatten().tolist() for t in tensors]))
(here / "optimizers.json").write_text(json.dumps(out, indent=0) + "\n")

E, S = 12, 5


def factors(per_epoch, make):
    p = torch.zeros(1, requires_grad=True)
    optimizer = o.SGD([p], 1.0)
    scheduler = make(optimizer, per_epoch, E * per_epoch)
    rates = []
    for _ in range(E * per_epoch):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def sequence(first, n, then):
    return lambda opt, k, total: lrs.SequentialLR(opt, [first(opt, k, n * k), then(opt, k, total - n * k)], [n * k])


rise = lambda start: lambda opt, k, n: lrs.LinearLR(opt, start, 1.0, n)
cosine = lambda opt, k, n: lrs.CosineAnnealingLR(opt, n)
cosine_text = dict(schedule="cosine", over=None)
schedules = [
    (dict(schedule="constant"), lambda opt, k, n: lrs.ConstantLR(opt, 1.0)),
    (dict(schedule="steps", at=[3, 7], factor=0.2), lambda opt, k, n: lrs.MultiStepLR(opt, [3 * k, 7 * k], 0.2)),
    (cosine_text, cosine),
    (dict(schedule="linear", to=0.1, over=None), lambda opt, k, n: lrs.LinearLR(opt, 1.0, 0.1, n)),
    (dict(schedule="exponential", factor=0.8), lambda opt, k, n: lrs.ExponentialLR(opt, 0.8 ** (1 / k))),
    (dict(schedule="one_cycle", up=0.3, start=25.0, end=1e4, over=None), lambda opt, k, n: lrs.OneCycleLR(opt, 1.0, n)),
    (dict(schedule="warmup", epochs=4, **{"from": 0.25}, then=cosine_text), sequence(rise(0.25), 4, cosine)),
]
table = []
for text, make in schedules:
    table.append([text, 1, factors(1, make)])
    table.append([dict(schedule="by_step", of=text), S, factors(S, make)])
(here / "schedules.json").write_text(json.dumps(table, indent=0) + "\n")
