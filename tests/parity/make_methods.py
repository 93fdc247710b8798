#!/usr/bin/env python3
"""Fixture for the unlearning methods: the weights that plain PyTorch loops reach in float64.

    pip install torch==2.11.0 blake3 && make_methods.py OUT.json

Every method is written here as its paper, or its authors' code, has it, without looking at mu's text of it. The batches,
labels, noise and initialisations are mu's (draw.py). The data and the starting weights come from closed formulas: 80 images
of 1 x 8 x 8 in five classes, of which 16 are forgotten; a network of two convolutions with batch norm and one linear layer.
"""
import json
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

from draw import Draw

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
CLASSES, N, BATCH, SEED = 5, 80, 16, 3
PHASE, BESIDE = 1_000_000, 500_000

# ---- data and weights ----
n, y, x = np.meshgrid(np.arange(N), np.arange(8), np.arange(8), indexing="ij")
pixels = (n * 53 + y * 31 * (1 + n % 7) + x * 17 * (1 + n % 5) + (n * y * x) % 29 * 9) % 256
IMAGES = ((torch.tensor(pixels, dtype=torch.float64) / 255 - 0.5) / 0.25).unsqueeze(1)
LABELS = torch.tensor([(i * 3 + i // 5) % CLASSES for i in range(N)])
FORGET = [i for i in range(N) if i % 5 == 2]
RETAIN = [i for i in range(N) if i % 5 != 2]
SHAPES = {
    "conv1.weight": (4, 1, 3, 3), "bn1.weight": (4,), "bn1.bias": (4,), "bn1.running_mean": (4,), "bn1.running_var": (4,),
    "conv2.weight": (6, 4, 3, 3), "bn2.weight": (6,), "bn2.bias": (6,), "bn2.running_mean": (6,), "bn2.running_var": (6,),
    "fc.weight": (CLASSES, 6), "fc.bias": (CLASSES,),
}
NAMES = [n for n in SHAPES if "running" not in n]


def fill(name):
    i = sorted(SHAPES).index(name)
    k = math.prod(SHAPES[name])
    value = torch.tensor([math.sin(0.37 * j + i) for j in range(k)]).reshape(SHAPES[name])
    if name.endswith("running_var"):
        return 1 + 0.2 * value
    if "bn" in name and name.endswith("weight"):
        return 1 + 0.1 * value
    return (0.1 if "running" in name else 0.4) * value


class Net:
    def __init__(self):
        self.t = {name: fill(name) for name in SHAPES}
        self.leaf()

    def leaf(self):
        for name in NAMES:
            self.t[name] = self.t[name].detach().clone().requires_grad_()
        return self

    def copy(self):
        new = Net.__new__(Net)
        new.t = {k: v.detach().clone() for k, v in self.t.items()}
        return new

    def __call__(self, x, train=False):
        t = self.t
        for i, stride in ((1, 1), (2, 2)):
            x = F.conv2d(x, t[f"conv{i}.weight"], stride=stride, padding=1)
            x = F.batch_norm(x, t[f"bn{i}.running_mean"], t[f"bn{i}.running_var"], t[f"bn{i}.weight"], t[f"bn{i}.bias"], train, 0.1, 1e-5)
            x = F.relu(x)
        return F.linear(x.mean((2, 3)), t["fc.weight"], t["fc.bias"])

    def parameters(self, names=NAMES):
        return [self.t[n] for n in names]


ORIGINAL = Net().copy()


def initial(name, stage, rows=None):
    """mu's initialisation of a tensor."""
    shape = list(SHAPES[name])
    if rows:
        shape[0] = rows
    draw = Draw(SEED, stage, f"init {name}", 0)
    count = math.prod(shape)
    if name.startswith("conv"):
        values = [draw.normal() * math.sqrt(2 / (shape[0] * 9)) for _ in range(count)]
    elif name.startswith("fc"):
        values = [(2 * draw.unit() - 1) / math.sqrt(6) for _ in range(count)]
    else:
        values = [1.0 if name.endswith(("weight", "running_var")) else 0.0] * count
    return torch.tensor(np.array(values, dtype=np.float32).astype(np.float64)).reshape(shape)


def scratch(stage):
    net = Net()
    net.t = {name: initial(name, stage) for name in SHAPES}
    return net.leaf()


# ---- batches ----
def order(samples, index, count=None):
    shuffled = Draw(SEED, "unlearn", "order", index).permutation(len(samples))
    return [samples[shuffled[i % len(samples)]] for i in range(count or len(samples))]


def batches(items, size=BATCH):
    return [items[i : i + size] for i in range(0, len(items), size)]


def random_labels(indices, index, exclude=False):
    draw = Draw(SEED, "unlearn", "random labels", index)
    if exclude:
        return {i: (int(LABELS[i]) + 1 + draw.below(CLASSES - 1)) % CLASSES for i in indices}
    return {i: draw.below(CLASSES) for i in indices}


def sgd(parameters, lr, wd=5e-4):
    return torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=wd)


def adam(parameters, lr):
    return torch.optim.Adam(parameters, lr=lr)


def set_lr(optimizer, lr):
    for group in optimizer.param_groups:
        group["lr"] = lr


def descend(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def ce(net, idx, train=True):
    return F.cross_entropy(net(IMAGES[idx], train), LABELS[idx])


def fine_tune(net, phase, epochs, lr, names=NAMES, loss=ce, schedule=lambda e: 1.0, wd=5e-4, samples=RETAIN, rule=sgd):
    optimizer = rule(net.parameters(names), lr) if rule is adam else sgd(net.parameters(names), lr, wd)
    for e in range(epochs):
        set_lr(optimizer, lr * schedule(e))
        for idx in batches(order(samples, phase * PHASE + e)):
            descend(optimizer, loss(net, idx))
    return net


def kl(student, teacher, T):
    return F.kl_div(F.log_softmax(student / T, 1), F.softmax(teacher / T, 1), reduction="batchmean") * T * T


def cosine(over):
    return lambda e: 0.5 * (1 + math.cos(math.pi * e / over))


# ---- methods ----
def retrain():
    return fine_tune(scratch("unlearn"), 0, 5, 0.05)


def ft():
    return fine_tune(Net(), 0, 5, 0.05)


def ga():
    return fine_tune(Net(), 0, 20, 0.01, loss=lambda net, idx: -ce(net, idx), samples=FORGET)


def rl(net=None, phase=0, exclude=False, after=None):
    net = net or Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(4):
        idx = order(sorted(FORGET + RETAIN), phase * PHASE + e)
        drawn = random_labels(idx, phase * PHASE + e, exclude)
        for part in batches(idx):
            labels = torch.tensor([drawn[i] if i in FORGET else int(LABELS[i]) for i in part])
            descend(optimizer, F.cross_entropy(net(IMAGES[part], True), labels))
            if after:
                after(net, optimizer)
    return net


def salun():
    net = Net()
    restore = masked(net, salun_mask(net))
    return rl(net, phase=1, after=lambda net, optimizer: restore(optimizer))


def eu_k():
    net = Net()
    net.t["fc.weight"], net.t["fc.bias"] = initial("fc.weight", "unlearn"), initial("fc.bias", "unlearn")
    return fine_tune(net.leaf(), 2, 5, 0.05, names=["fc.weight", "fc.bias"])


def cf_k():
    return fine_tune(Net(), 1, 5, 0.05, names=["conv2.weight", "bn2.weight", "bn2.bias", "fc.weight", "fc.bias"])


def random_loss(net, part, drawn):
    labels = torch.tensor([drawn[i] if i in drawn else int(LABELS[i]) for i in part])
    return F.cross_entropy(net(IMAGES[part], True), labels)


def salun_mask(net):
    loss = F.cross_entropy(net(IMAGES[FORGET]), LABELS[FORGET])
    grads = [g.abs() for g in torch.autograd.grad(loss, net.parameters())]
    flat = torch.cat([g.flatten() for g in grads])
    keep = torch.zeros_like(flat)
    keep[torch.argsort(flat, descending=True, stable=True)[: round(0.5 * len(flat))]] = 1
    masks, at = [], 0
    for g in grads:
        masks.append(keep[at : at + g.numel()].reshape(g.shape))
        at += g.numel()
    return masks


def masked(net, masks):
    start = [p.detach().clone() for p in net.parameters()]

    def restore(optimizer):
        with torch.no_grad():
            for p, m, s in zip(net.parameters(), masks, start):
                p.copy_(torch.where(m > 0, p, s))
                optimizer.state[p]["momentum_buffer"].mul_(m)

    return restore


def salun_in_turn():
    """SalUn's order on CIFAR-10: an epoch is all of the forget set, then all of the retain set; one optimizer."""
    net = Net()
    restore = masked(net, salun_mask(net))
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(4):
        idx = order(FORGET, 101 * PHASE + e)
        drawn = random_labels(idx, 101 * PHASE + e)
        for part in batches(idx):
            descend(optimizer, random_loss(net, part, drawn))
            restore(optimizer)
        for part in batches(order(RETAIN, 201 * PHASE + e)):
            descend(optimizer, random_loss(net, part, {}))
            restore(optimizer)
    return net


def scrub_max_first():
    """Unlearn-WorstCase's SCRUB: epochs counted from 0, those up to m_steps = 1 over the forget set, the rate cut where the epoch
    is above 3, 5, 9; eight epochs in all."""
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for epoch in range(8):
        set_lr(optimizer, 0.05 * 0.1 ** sum(epoch > m for m in (3, 5, 9)))
        if epoch <= 1:
            for idx in batches(order(FORGET, 100 * PHASE + epoch)):
                descend(optimizer, -kl(net(IMAGES[idx], True), ORIGINAL(IMAGES[idx]), 4))
        else:
            for idx in batches(order(RETAIN, 200 * PHASE + epoch - 2)):
                out = net(IMAGES[idx], True)
                descend(optimizer, 0.99 * F.cross_entropy(out, LABELS[idx]) + 0.001 * kl(out, ORIGINAL(IMAGES[idx]), 4))
    return net


def scrub():
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(5):
        set_lr(optimizer, 0.05 * 0.1 ** sum(e >= m for m in (3, 5, 9)))
        if e < 2:
            for idx in batches(order(FORGET, 100 * PHASE + e)):
                descend(optimizer, -kl(net(IMAGES[idx], True), ORIGINAL(IMAGES[idx]), 4))
        for idx in batches(order(RETAIN, 200 * PHASE + e)):
            out = net(IMAGES[idx], True)
            loss = 0.99 * F.cross_entropy(out, LABELS[idx]) + 0.001 * kl(out, ORIGINAL(IMAGES[idx]), 4)
            descend(optimizer, loss)
    return net


def l1_sparse():
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(5):
        alpha = 5e-3 * max(0, 1 - e / 4) if e < 4 else 0
        for idx in batches(order(RETAIN, e)):
            descend(optimizer, ce(net, idx) + alpha * sum(p.abs().sum() for p in net.parameters()))
    return net


def bs():
    def loss(net, idx):
        x = IMAGES[idx].clone().requires_grad_()
        (g,) = torch.autograd.grad(F.cross_entropy(ORIGINAL(x), LABELS[idx]), x)
        moved = (x.detach() + 0.1 / 0.25 * g.sign()).clamp(-2, 2)
        return F.cross_entropy(net(IMAGES[idx], True), ORIGINAL(moved).argmax(1))

    return fine_tune(Net(), 0, 20, 0.01, loss=loss, samples=FORGET)


def be():
    net = Net()
    for name in ("fc.weight", "fc.bias"):
        net.t[name] = torch.cat([net.t[name].detach(), initial(name, "unlearn", rows=1)])
    new = lambda net, idx: F.cross_entropy(net(IMAGES[idx], True), torch.full((len(idx),), CLASSES))
    net = fine_tune(net.leaf(), 1, 20, 0.01, loss=new, samples=FORGET)
    for name in ("fc.weight", "fc.bias"):
        net.t[name] = net.t[name].detach()[:CLASSES]
    return net


def neggrad_plus():
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(5):
        pairs = zip(batches(order(RETAIN, e)), batches(order(FORGET, e + BESIDE, len(RETAIN))))
        for r, f in pairs:
            kept, gone = ce(net, r), ce(net, f)
            descend(optimizer, 0.95 * kept - 0.05 * gone)
    return net


def bad_teacher():
    net, bad = Net(), scratch("teacher").copy()
    members = Draw(SEED, "unlearn", "portion", 0).shuffle(list(RETAIN))[: round(0.3 * len(RETAIN))]
    optimizer = adam(net.parameters(), 0.005)
    for e in range(7):
        for idx in batches(order(sorted(members + FORGET), e)):
            forget = torch.tensor([1.0 if i in FORGET else 0.0 for i in idx]).unsqueeze(1)
            teacher = forget * F.softmax(bad(IMAGES[idx]), 1) + (1 - forget) * F.softmax(ORIGINAL(IMAGES[idx]), 1)
            out = F.log_softmax(net(IMAGES[idx], True), 1)
            descend(optimizer, F.kl_div(out, teacher, reduction="batchmean"))
    return net


def gradient(net, idx):
    loss = F.cross_entropy(net(IMAGES[idx]), LABELS[idx], reduction="sum")
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, net.parameters())])


def iu():
    net, limit = Net(), 20
    total = len(FORGET) + len(RETAIN)
    v = gradient(net, FORGET) / total - gradient(net, RETAIN) * len(FORGET) / (total * len(RETAIN))
    k, o = v.clone(), None
    for count, i in enumerate(RETAIN):
        g = gradient(net, [i])
        if o is None:
            o = g.clone()
        else:
            dot = torch.dot(o, g)
            k -= torch.dot(k, g) / (limit + dot) * o
            o -= dot / (limit + dot) * o
        if count > limit:
            break
    with torch.no_grad():
        at = 0
        for p in net.parameters():
            p += 0.5 * k[at : at + p.numel()].reshape(p.shape)
            at += p.numel()
    return net


def noise(name, choice):
    draw = Draw(SEED, "unlearn", f"noise {name}", choice)
    return torch.tensor([draw.normal() for _ in range(math.prod(SHAPES[name]))]).reshape(SHAPES[name])


def fisher():
    net = Net()
    chosen = sorted(Draw(SEED, "fisher", "samples", 0).permutation(len(RETAIN))[:30])
    total = [torch.zeros(SHAPES[n]) for n in NAMES]
    for i in chosen:
        log_p = F.log_softmax(net(IMAGES[[RETAIN[i]]]), 1)[0, LABELS[RETAIN[i]]]
        for t, g in zip(total, torch.autograd.grad(log_p, net.parameters())):
            t += g**2 / len(chosen)
    with torch.no_grad():
        for name, f in zip(NAMES, total):
            net.t[name] += noise(name, 1) * torch.sqrt(1e-5 / f).clamp(max=0.05)
    return net


def importances(net, samples):
    parts = batches(samples)
    total = [torch.zeros(SHAPES[n]) for n in NAMES]
    for idx in parts:
        for t, g in zip(total, torch.autograd.grad(F.cross_entropy(net(IMAGES[idx]), LABELS[idx]), net.parameters())):
            t += g**2 / len(parts)
    return total


def ssd():
    net = Net()
    of_forget, of_all = importances(net, FORGET), importances(net, list(range(N)))
    with torch.no_grad():
        for p, f, d in zip(net.parameters(), of_forget, of_all):
            chosen = f > 1.5 * d
            p[chosen] *= (0.8 * d / f).clamp(max=1)[chosen]
    return net


def unsir():
    net = Net()
    part = lambda phase: Draw(SEED, "unlearn", "portion", phase * PHASE).shuffle(list(RETAIN))[: round(0.6 * len(RETAIN))]
    optimizer = adam(net.parameters(), 0.002)
    kept = part(0)
    for e in range(4):
        at = 0
        for idx in batches(order(sorted(kept + FORGET), e)):
            images, noisy = IMAGES[idx], [j for j, i in enumerate(idx) if i in FORGET]
            if noisy:
                draw = Draw(SEED, "unlearn", f"error noise of epoch {e}", at)
                x = torch.tensor([draw.normal() for _ in range(len(noisy) * 64)]).reshape(len(noisy), 1, 8, 8).requires_grad_()
                labels = LABELS[[idx[j] for j in noisy]]
                climb = torch.optim.Adam([x], lr=0.1)
                for _ in range(10):
                    bad = -F.cross_entropy(ORIGINAL(x), labels) + 0.1 * (x**2).sum((1, 2, 3)).mean()
                    climb.zero_grad()
                    bad.backward()
                    climb.step()
                images[noisy] = x.detach()
            descend(optimizer, F.cross_entropy(net(images, True), LABELS[idx]))
            at += len(idx)
    return fine_tune(net, 1, 3, 0.001, samples=sorted(part(1)), rule=adam)


def fcs():
    uniform = lambda net, idx: -F.log_softmax(net(IMAGES[idx], True), 1).mean()
    net = fine_tune(Net(), 0, 1, 0.05, loss=uniform, wd=0, samples=FORGET)
    # Every rule has its own state; both first passes have weight decay 0, but the first is not part of the rounds.
    away, keep = sgd(net.parameters(), 0.01, 0), sgd(net.parameters(), 0.02, 1e-2)
    for e in range(4):
        set_lr(away, 0.01 * cosine(4)(e))
        for f, r in zip(batches(order(FORGET, 101 * PHASE + e)), batches(order(RETAIN, 101 * PHASE + e + BESIDE, len(FORGET)))):
            out, other = net(IMAGES[f], True), net(IMAGES[r], True).detach()
            descend(away, -F.log_softmax(out @ other.T / 1.15, 1).mean())
        for idx in batches(order(RETAIN, 201 * PHASE + e)):
            descend(keep, ce(net, idx))
    return net


def msg():
    net = Net()
    grads = dict.fromkeys(["conv1.weight", "conv2.weight"])
    loss = ce(net, RETAIN, False) - ce(net, FORGET, False)
    factors = {}
    for name, g in zip(grads, torch.autograd.grad(loss, net.parameters(list(grads)))):
        flat = g.abs().flatten()
        small = torch.zeros_like(flat)
        small[torch.argsort(flat, stable=True)[: round(0.3 * len(flat))]] = 1
        small = small.reshape(g.shape)
        net.t[name] = torch.where(small > 0, initial(name, "unlearn"), net.t[name].detach())
        factors[name] = small + 0.1 * (1 - small)
    net.leaf()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(5):
        at = e + 1
        set_lr(optimizer, 0.05 * (at / 3 if at <= 3 else (6 - at) / 3))
        for idx in batches(order(RETAIN, 2 * PHASE + e)):
            optimizer.zero_grad()
            ce(net, idx).backward()
            for name, factor in factors.items():
                net.t[name].grad *= factor
            optimizer.step()
    return net


def weighted_ce(power):
    counts = torch.bincount(LABELS, minlength=CLASSES).double()
    return lambda net, idx: F.cross_entropy(net(IMAGES[idx], True), LABELS[idx], weight=counts**-power)


def cfw():
    net = Net()
    with torch.no_grad():
        net.t["conv1.weight"] += 0.6 * noise("conv1.weight", 1)
    fine_tune(net, 1, 3, 0.05, loss=weighted_ce(1), schedule=cosine(4))
    with torch.no_grad():
        net.t["conv1.weight"] += 0.005 * noise("conv1.weight", 2)
    return fine_tune(net, 3, 1, 0.1464466 * 0.05, loss=weighted_ce(1))


def prmq():
    net = Net()
    names = ["conv1.weight", "conv2.weight", "fc.weight", "fc.bias"]
    flat = torch.cat([net.t[n].detach().abs().flatten() for n in names])
    pruned = torch.zeros_like(flat)
    pruned[torch.argsort(flat, stable=True)[: round(0.9 * len(flat))]] = 1
    at = 0
    for name in names:
        count = net.t[name].numel()
        mask = pruned[at : at + count].reshape(net.t[name].shape)
        net.t[name] = torch.where(mask > 0, initial(name, "unlearn"), net.t[name].detach())
        at += count
    entropy = lambda logits: -(F.softmax(logits, 1) * F.log_softmax(logits, 1)).sum(1)
    counts = torch.bincount(LABELS, minlength=CLASSES).double() ** -0.1

    def loss(net, idx):
        out = net(IMAGES[idx], True)
        return F.cross_entropy(out, LABELS[idx], weight=counts) + F.mse_loss(entropy(out), entropy(ORIGINAL(IMAGES[idx])))

    net = fine_tune(net.leaf(), 1, 5, 0.05, loss=loss)
    for name in NAMES:
        net.t[name] = net.t[name].detach().half().double()
    return net


def ct():
    net = Net()
    for name in ("conv1.weight", "conv2.weight"):
        net.t[name] = net.t[name].detach().transpose(2, 3).contiguous()
    return fine_tune(net.leaf(), 1, 5, 0.05, schedule=cosine(5))


def kde():
    net = Net()
    for name in ("conv1.weight", "fc.weight", "fc.bias"):
        net.t[name] = initial(name, "unlearn")
    T = 5
    follow = lambda net, idx: kl(net(IMAGES[idx], True), ORIGINAL(IMAGES[idx]), T) / T**2
    fine_tune(net.leaf(), 1, 2, 0.05, loss=follow)

    def loss(net, idx):
        out, soft = net(IMAGES[idx], True), F.softmax(ORIGINAL(IMAGES[idx]) / T, 1)
        log_p = F.log_softmax(out / T, 1)
        return -(soft * log_p).sum(1).mean() + F.cross_entropy(out, LABELS[idx]) + F.kl_div(log_p, soft, reduction="batchmean")

    return fine_tune(net, 2, 3, 0.05, loss=loss, schedule=cosine(3))


def rni():
    net = Net()
    net.t["fc.weight"], net.t["fc.bias"] = initial("fc.weight", "unlearn"), initial("fc.bias", "unlearn")
    net.leaf()
    norms, others = [n for n in NAMES if "bn" in n], [n for n in NAMES if "bn" not in n]
    choice = 0

    def some(names, count):
        nonlocal choice
        choice += 1
        chosen = sorted(Draw(SEED, "unlearn", "some tensors", choice).permutation(len(names))[:count])
        return [names[i] for i in chosen]

    chosen = some(others, 3)
    fine_tune(net, 2, 1, 0.05, names=chosen + norms)
    buffers = {}
    for e in range(2):
        chosen = some(others, 3)
        noisy = some(chosen, 2)
        choice += 1
        with torch.no_grad():
            for name in noisy:
                net.t[name] += 0.04 * noise(name, choice)
        # One optimizer through all rounds: a tensor that rests keeps its momentum.
        for idx in batches(order(RETAIN, 303 * PHASE + e)):
            names = chosen + norms
            for name, g in zip(names, torch.autograd.grad(ce(net, idx), net.parameters(names))):
                with torch.no_grad():
                    g = g + 5e-4 * net.t[name]
                    buffers[name] = 0.9 * buffers[name] + g if name in buffers else g
                    net.t[name] -= 0.05 * buffers[name]
    return fine_tune(net, 5, 2, 0.05)


METHODS = [retrain, ft, ga, rl, salun, eu_k, cf_k, scrub, l1_sparse, bs, be, neggrad_plus, bad_teacher, iu, fisher, ssd, unsir,
           fcs, msg, cfw, prmq, ct, kde, rni]
if __name__ == "__main__":
    found = {"original": ORIGINAL}
    found["rl@excluding_true"] = rl(exclude=True)
    found["salun@in_turn"] = salun_in_turn()
    found["scrub@max_first"] = scrub_max_first()
    found.update({m.__name__: m() for m in METHODS})
    values = {
        k: [float(f"{v:.12g}") for name in sorted(SHAPES) for v in net.t[name].detach().flatten().tolist()]
        for k, net in found.items()
    }
    with open(sys.argv[1], "w") as out:
        json.dump(values, out, separators=(",", ":"))
