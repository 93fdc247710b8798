#!/usr/bin/env python3
"""Fixture for what a method may say beyond gradient phases over epochs: the weights that plain PyTorch loops reach in float64.

    pip install torch==2.11.0 blake3 && make_statements.py OUT.json

Data, network, batches and draws are those of make_methods.py. Each entry is written as its paper, or the code that the field uses, has it.
"""
import json
import math
import sys

import torch
import torch.nn.functional as F

from make_methods import (BESIDE, FORGET, IMAGES, LABELS, NAMES, ORIGINAL, PHASE, RETAIN, SHAPES, Net, batches, ce, descend, fill, order,
                          scratch, set_lr, sgd)


def away(net, idx):
    return -ce(net, idx)


def phase(net, number, steps, lr, loss, samples, optimizer=None, first=0, rate=lambda at: 1.0):
    """Steps `first..first + steps` of a phase, over as many shuffled passes as they need."""
    optimizer = optimizer or sgd(net.parameters(), lr)
    per_epoch = math.ceil(len(samples) / 16)
    for at in range(first, first + steps):
        idx = batches(order(samples, number * PHASE + at // per_epoch))[at % per_epoch]
        set_lr(optimizer, lr * rate(at))
        descend(optimizer, loss(net, idx))
    return net


def in_steps():
    """23 steps of 16 of 64 samples, along half a cosine over 23 steps."""
    return phase(Net(), 0, 23, 0.05, ce, RETAIN, rate=lambda at: 0.5 * (1 + math.cos(math.pi * at / 23)))


def steps_in_turn():
    """Seven rounds of one step of ascent and three of descent: iterators that go on from round to round, one optimizer."""
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for r in range(7):
        phase(net, 100, 1, 0.01, away, FORGET, optimizer, first=r)
        phase(net, 200, 3, 0.05, ce, RETAIN, optimizer, first=3 * r)
    return net


def sharp(net, rho, along, loss, optimizer):
    """davda54/sam: the first pass moves running statistics, the second does not."""
    parameters = net.parameters()
    grads = torch.autograd.grad(along(True), parameters)
    norm = torch.stack([g.norm() for g in grads]).norm()
    kept = {n: net.t[n].clone() for n in SHAPES if "running" in n}
    old = [p.detach().clone() for p in parameters]
    with torch.no_grad():
        for p, g in zip(parameters, grads):
            p.add_(g * rho / (norm + 1e-12))
    optimizer.zero_grad()
    loss(True).backward()
    with torch.no_grad():
        for p, o in zip(parameters, old):
            p.copy_(o)
        for n, value in kept.items():
            net.t[n].copy_(value)
    optimizer.step()


def sharpness_aware():
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(5):
        for idx in batches(order(RETAIN, e)):
            loss = lambda train: ce(net, idx, train)
            sharp(net, 0.05, loss, loss, optimizer)
    return net


def uam():
    """Fine-tuning where the forget set's loss was raised first: the inner step is along −ce(forget)."""
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(5):
        beside = batches(order(FORGET, e + BESIDE, len(RETAIN)))
        for idx, other in zip(batches(order(RETAIN, e)), beside):
            # Both batches are seen before the step, one after the other.
            sees = lambda: (net(IMAGES[idx], True), net(IMAGES[other], True))

            def along(_):
                return -F.cross_entropy(sees()[1], LABELS[other])

            def loss(_):
                return F.cross_entropy(sees()[0], LABELS[idx])

            sharp(net, 0.1, along, loss, optimizer)
    return net


def accumulated():
    """Four batches an epoch: a step for the mean gradient of three, and one for the one that is left."""
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(10):
        parts = batches(order(RETAIN, e))
        for group in (parts[:3], parts[3:]):
            optimizer.zero_grad()
            for idx in group:
                (ce(net, idx) / len(group)).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            optimizer.step()
    return net


def combined(parts):
    net = Net()
    for name in SHAPES:
        value = sum(factor * of.t[name].detach() for factor, of in parts)
        net.t[name] = value.clamp(min=0) if name.endswith("running_var") else value
    return net.leaf()


def tuned(number, lr, epochs):
    return phase(Net(), number, epochs, lr, ce, FORGET)


def task_vector():
    """Ilharco et al. 2023: original − α · (fine-tuned on the forget set − original), running statistics too; then a repair."""
    net = combined([(1.5, ORIGINAL), (-0.5, tuned(10_000, 0.05, 20))])
    return phase(net, 2, 8, 0.05, ce, RETAIN)


def negmerge():
    """Kim et al. 2024: only entries in which all task vectors have one sign."""
    models = [tuned(k + 10_000, lr, 20) for k, lr in enumerate((0.02, 0.05, 0.1))]
    net = Net()
    for name in SHAPES:
        vectors = torch.stack([m.t[name].detach() - ORIGINAL.t[name] for m in models])
        one_sign = (vectors > 0).all(0) | (vectors < 0).all(0)
        value = ORIGINAL.t[name] - 0.8 * vectors.mean(0) * one_sign
        net.t[name] = value.clamp(min=0) if name.endswith("running_var") else value
    return net.leaf()


def shrink_and_perturb():
    """Half the weights, half a fresh initialisation of the teachers' draws; then a distillation from a model on the side."""
    guide = phase(Net(), 10_000, 20, 0.05, ce, FORGET).copy()
    net = combined([(0.5, ORIGINAL), (0.5, scratch("teacher"))])
    loss = lambda net, idx: F.kl_div(
        F.log_softmax(net(IMAGES[idx], True), 1), F.softmax(guide(IMAGES[idx]).detach(), 1), reduction="batchmean")
    return phase(net, 2, 20, 0.02, loss, RETAIN)


def lookahead():
    """Zhang et al. 2019, k = 3 rounds of one step of ascent and two of descent, α = 0.4; the inner optimizer's state is kept."""
    net = Net()
    optimizer = sgd(net.parameters(), 0.02)
    for outer in range(4):
        slow = [p.detach().clone() for p in net.parameters()]
        for k in range(3):
            r = 3 * outer + k
            phase(net, 1_000_100, 1, 0.01, away, FORGET, optimizer, first=r)
            phase(net, 2_000_100, 2, 0.02, ce, RETAIN, optimizer, first=2 * r)
        with torch.no_grad():
            for p, s in zip(net.parameters(), slow):
                p.copy_(s + 0.4 * (p - s))
    return net


def keep_best():
    """SCRUB+R's rewind: of 20 epochs of ascent, the one where the forget set's loss is nearest to 1 + half the retain set's."""
    net = Net()
    optimizer = sgd(net.parameters(), 0.01)
    best, kept = math.inf, None
    for e in range(20):
        for idx in batches(order(FORGET, 1 * PHASE + e)):
            descend(optimizer, away(net, idx))
        with torch.no_grad():
            value = abs(float(ce(net, FORGET, False)) - float(ce(net, RETAIN, False)) / 2 - 1)
        if value < best:
            best, kept, chosen = value, net.copy(), e
    assert 0 < chosen < 19, chosen
    return kept


ALL = [in_steps, steps_in_turn, sharpness_aware, uam, accumulated, task_vector, negmerge, shrink_and_perturb, lookahead, keep_best]
if __name__ == "__main__":
    values = {
        m.__name__: [float(f"{v:.12g}") for net in [m()] for name in sorted(SHAPES) for v in net.t[name].detach().flatten().tolist()]
        for m in ALL
    }
    with open(sys.argv[1], "w") as out:
        json.dump(values, out, separators=(",", ":"))
