#!/usr/bin/env python3
"""Fixture for the methods of the literature whose losses are text: the weights that plain PyTorch loops reach in float64.

    pip install torch==2.11.0 blake3 && make_published.py OUT.json

Every method is written here from its paper's formula, or from what its authors' code does, without looking at mu's text of it. Network,
data, batches and draws are those of make_methods.py; sixteen more images, that no training sees, are the validation samples.
"""
import json
import math
import sys

import torch
import torch.nn.functional as F

import make_methods as toy
from draw import Draw
from make_methods import BESIDE, FORGET, IMAGES, LABELS, NAMES, ORIGINAL, PHASE, RETAIN, SEED, SHAPES, Net, batches, ce, descend, order, sgd

K = toy.CLASSES


def held_out(first=toy.N, count=16):
    n, y, x = torch.meshgrid(torch.arange(first, first + count), torch.arange(8), torch.arange(8), indexing="ij")
    pixels = (n * 53 + y * 31 * (1 + n % 7) + x * 17 * (1 + n % 5) + (n * y * x) % 29 * 9) % 256
    images = ((pixels.double() / 255 - 0.5) / 0.25).unsqueeze(1)
    return images, torch.tensor([(i * 3 + i // 5) % K for i in range(first, first + count)])


UNSEEN, UNSEEN_LABELS = held_out()


def numbers(law, shape, purpose, at):
    draw = Draw(SEED, "unlearn", purpose, at)
    values = [getattr(draw, law)() for _ in range(math.prod(shape))]
    return torch.tensor(values).reshape(shape)


def log_p(logits, labels):
    return F.log_softmax(logits, 1)[torch.arange(len(labels)), labels]


def soft_ce(targets, logits):
    return -(targets * F.log_softmax(logits, 1)).sum(1)


def over_forget(loss, optimizer, net=None, epochs=20, phase=0, schedule=lambda e: 1.0):
    """A phase over the forget set: one step an epoch."""
    net = net or Net()
    optimizer = optimizer(net.parameters())
    rate = optimizer.param_groups[0]["lr"]
    for e in range(epochs):
        toy.set_lr(optimizer, rate * schedule(e))
        for at, idx in enumerate(batches(order(FORGET, phase * PHASE + e))):
            descend(optimizer, loss(net, idx, e, at * toy.BATCH))
    return net


def side_by_side(loss, optimizer, epochs=5):
    """A phase over the retain set, four steps an epoch, with a batch of the forget set in each."""
    net = Net()
    optimizer = optimizer(net)
    for e in range(epochs):
        for r, f in zip(batches(order(RETAIN, e)), batches(order(FORGET, e + BESIDE, len(RETAIN)))):
            descend(optimizer, loss(net, r, f))
    return net


# ---- preferences ----
def npo():
    """Zhang et al., COLM 2024: L_NPO = -(2/beta) E_f log sigma(-beta log(pi_theta / pi_ref)), beta 0.1, beside the retain set's loss."""
    beta = 0.1

    def loss(net, r, f):
        kept, out = ce(net, r), net(IMAGES[f], True)
        ratio = log_p(out, LABELS[f]) - log_p(ORIGINAL(IMAGES[f]), LABELS[f])
        return -2 / beta * F.logsigmoid(-beta * ratio).mean() + kept

    return side_by_side(loss, lambda net: sgd(net.parameters(), 0.05))


def simnpo():
    """Fan et al., NeurIPS 2025: -(2/beta) log sigma(-beta/|y| log pi_theta - gamma), |y| = 1."""
    beta, gamma, weight = 2.5, 0.3, 0.1375

    def loss(net, r, f):
        kept, out = ce(net, r), net(IMAGES[f], True)
        return weight * (-2 / beta) * F.logsigmoid(-beta * log_p(out, LABELS[f]) - gamma).mean() + kept

    return side_by_side(loss, lambda net: sgd(net.parameters(), 0.05))


def graddiff_kl():
    """Maini et al. (TOFU), COLM 2024: ascent on the forget set, KL(original || model) on the retain set."""

    def loss(net, r, f):
        kept = toy.kl(net(IMAGES[r], True), ORIGINAL(IMAGES[r]), 1)
        return kept - 0.7 * ce(net, f)

    return side_by_side(loss, lambda net: sgd(net.parameters(), 0.02))


# ---- distillation ----
def delete():
    """Zhou et al., CVPR 2025: KL(softmax(mask(z_original)) || softmax(z)), the true class's logit masked out; no weight decay."""

    def loss(net, idx, e, at):
        target = ORIGINAL(IMAGES[idx]).clone()
        target[torch.arange(len(idx)), LABELS[idx]] = -math.inf
        return F.kl_div(F.log_softmax(net(IMAGES[idx], True), 1), F.softmax(target, 1), reduction="batchmean")

    return over_forget(loss, lambda p: sgd(p, 0.02, 0))


def undial():
    """Dong et al., NAACL 2025: cross-entropy to the teacher whose logit of the true token is lowered by the strength."""

    def loss(net, idx, e, at):
        target = ORIGINAL(IMAGES[idx]) - 3.0 * F.one_hot(LABELS[idx], K)
        return F.cross_entropy(net(IMAGES[idx], True), F.softmax(target, 1))

    return over_forget(loss, lambda p: torch.optim.AdamW(p, lr=0.005, weight_decay=0))


def lotus():
    """Spartalis et al., CVPR 2025: the original's softmax with Gumbel noise, at a temperature tau = exp(alpha (acc_forget - acc_unseen)) on
    the forget set, at 0 (one-hot) on a share of the retain set; the accuracies are taken before every epoch."""
    alpha, net = 2.0, Net()
    members = Draw(SEED, "unlearn", "portion", 0).shuffle(list(RETAIN))[: round(0.3 * len(RETAIN))]
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.005, weight_decay=5e-4)
    accuracy = lambda model, x, y: (model(x).argmax(1) == y).double().mean().item()
    unseen = accuracy(ORIGINAL, UNSEEN, UNSEEN_LABELS)
    for e in range(7):
        gap = accuracy(net, IMAGES[FORGET], LABELS[FORGET]) - unseen
        tau = math.exp(alpha * gap)
        for at, idx in enumerate(batches(order(sorted(members + FORGET), e))):
            teacher = ORIGINAL(IMAGES[idx])
            gumbel = [-torch.log(-torch.log(numbers("unit", teacher.shape, f"draw {k} of epoch {e}", at * toy.BATCH))) for k in (0, 1)]
            hard = F.one_hot((teacher + gumbel[0]).argmax(1), K).double()
            soft = F.softmax((teacher + gumbel[1]) / tau, 1)
            forget = torch.tensor([float(i in FORGET) for i in idx]).unsqueeze(1)
            descend(optimizer, soft_ce(forget * soft + (1 - forget) * hard, net(IMAGES[idx], True)).mean())
    return net


# ---- labels and inputs ----
def ugradsl():
    """Di et al., ICLR 2026: p CE(retain) - (1 - p) CE(forget, labels (1 - alpha) y + alpha / K), alpha negative."""
    p, alpha = 0.9, -0.4

    def loss(net, r, f):
        kept, out = ce(net, r), net(IMAGES[f], True)
        labels = (1 - alpha) * F.one_hot(LABELS[f], K) + alpha / K
        return p * kept - (1 - p) * soft_ce(labels, out).mean()

    return side_by_side(loss, lambda net: sgd(net.parameters(), 0.05))


def closest_error(x0, y, step=0.02, steps=100):
    """Steps of one L2 length up the original model's loss, on images in [0, 1], until the class changes."""
    model = lambda x: ORIGINAL((x - 0.5) / 0.25)
    x = x0 * 0.25 + 0.5
    for _ in range(steps):
        x = x.detach().requires_grad_()
        out = model(x)
        right = (out.argmax(1) == y).reshape(-1, 1, 1, 1)
        (g,) = torch.autograd.grad(F.cross_entropy(out, y, reduction="sum"), x)
        g = g / g.flatten(1).norm(dim=1).clamp(min=1e-12).reshape(-1, 1, 1, 1)
        x = torch.where(right, (x.detach() + step * g).clamp(0, 1), x.detach())
    return ((x - 0.5) / 0.25).detach()


def amun():
    """Ebrahimpour-Boroojeny et al., ICML 2025: fine-tuning on all samples, and on the forget samples' closest adversarial examples with the
    classes that the original model gives to these."""
    net = Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(4):
        toy.set_lr(optimizer, 0.05 * 0.1**e)
        for idx in batches(order(sorted(FORGET + RETAIN), 100 * PHASE + e)):
            descend(optimizer, ce(net, idx))
        for idx in batches(order(FORGET, 200 * PHASE + e)):
            x = closest_error(IMAGES[idx], LABELS[idx])
            # The images themselves pass through the network as well, and move its running statistics.
            net(IMAGES[idx], True)
            descend(optimizer, -log_p(net(x, True), ORIGINAL(x).argmax(1)).mean())
    return net


def jit():
    """Foster et al. 2024: the output's change by Gaussian noise over the noise's size, mean over draws, summed over the batch; the noisy output
    carries no gradient; plain SGD."""
    draws, sigma = 5, 0.2

    def loss(net, idx, e, at):
        x = IMAGES[idx]
        out = net(x)
        total = 0
        for k in range(draws):
            xi = sigma * numbers("normal", x.shape, f"draw {k} of epoch {e}", at)
            change = (out - net(x + xi).detach()).norm(dim=1)
            total = total + (change / xi.flatten(1).norm(dim=1)).sum()
        return total / draws

    return over_forget(loss, lambda p: torch.optim.SGD(p, lr=0.002))


def mu_mis():
    """Cheng et al., ICLR 2026: ||grad_x f_c||^2 - ||grad_x f_c'||^2, c' another class at random; mean over the forget samples."""

    def loss(net, idx, e, at):
        x = IMAGES[idx].clone().requires_grad_()
        other = toy.random_labels(order(FORGET, e), e, exclude=True)
        out, rows = net(x), torch.arange(len(idx))
        size = lambda c: torch.autograd.grad(out[rows, c].sum(), x, create_graph=True)[0].square().sum((1, 2, 3))
        return (size(LABELS[idx]) - 0.8 * size(torch.tensor([other[i] for i in idx]))).mean()

    return over_forget(loss, lambda p: torch.optim.SGD(p, lr=0.2))


# ---- features ----
def rmu():
    """Li et al. (WMDP), ICML 2024: on the forget set features are driven to c u, u a random unit vector with entries from [0, 1); on the retain
    set they stay the original's: E_f ||h - c u||^2 / d + alpha E_r ||h - h_0||^2 / d."""
    size, alpha, net = 6.5, 12.0, Net()

    def features(model, x, train=False):
        t = model.t
        for i, stride in ((1, 1), (2, 2)):
            x = F.conv2d(x, t[f"conv{i}.weight"], stride=stride, padding=1)
            x = F.batch_norm(x, t[f"bn{i}.running_mean"], t[f"bn{i}.running_var"], t[f"bn{i}.weight"], t[f"bn{i}.bias"], train, 0.1, 1e-5).relu()
        return x.mean((2, 3))

    u = numbers("unit", (6,), "fixed draw 0", 0)
    target = size * u / u.norm()
    optimizer = torch.optim.AdamW(net.parameters([n for n in NAMES if "fc" not in n]), lr=0.005, weight_decay=0.01)
    for e in range(5):
        for r, f in zip(batches(order(RETAIN, PHASE + e)), batches(order(FORGET, PHASE + e + BESIDE, len(RETAIN)))):
            kept = (features(net, IMAGES[r], True) - features(ORIGINAL, IMAGES[r])).square().mean()
            descend(optimizer, (features(net, IMAGES[f], True) - target).square().mean() + alpha * kept)
    return net


# ---- weights ----
def tuned(rate, epochs, phase):
    return over_forget(lambda net, idx, e, at: ce(net, idx), lambda p: sgd(p, rate, 0), epochs=epochs, phase=phase)


def combined(f, *nets):
    """Arithmetic of weights and running statistics; a variance is not below 0."""
    new = Net()
    for n in SHAPES:
        new.t[n] = f(ORIGINAL.t[n], *(net.t[n].detach() for net in nets))
        if "var" in n:
            new.t[n] = new.t[n].clamp(min=0)
    return new


def task_vector():
    """Ilharco et al., ICLR 2023: theta_0 - lambda (theta_ft - theta_0), theta_ft fine-tuned on the forget set."""
    return combined(lambda o, t: o - 0.3 * (t - o), tuned(0.02, 20, 10_000))


def negmerge():
    """Kim et al., ICML 2025: the task vectors of several recipes; their mean where all have one sign, else 0; negated."""

    def merged(o, *models):
        tau = torch.stack([m - o for m in models])
        agree = (tau > 0).all(0) | (tau < 0).all(0)
        return o - 0.5 * torch.where(agree, tau.mean(0), 0.0)

    return combined(merged, *(tuned(rate, 20, 10_000 + k) for k, rate in enumerate((0.02, 0.08))))


# ---- updates ----
def uam():
    """Kim et al., NeurIPS 2025: w <- w - eta grad L_r(w + rho grad L_f(w) / |grad L_f(w)|)."""
    rho, net = 0.1, Net()
    optimizer = sgd(net.parameters(), 0.05)
    for e in range(5):
        for r, f in zip(batches(order(RETAIN, e)), batches(order(FORGET, e + BESIDE, len(RETAIN)))):
            # Both batches pass through the network where it is, and move its running statistics there alone.
            net(IMAGES[r], True)
            away = torch.autograd.grad(ce(net, f), net.parameters())
            here = {n: t.clone() for n, t in net.t.items() if "running" in n}
            length = torch.sqrt(sum((g**2).sum() for g in away)) + 1e-16
            at = [p.detach().clone() for p in net.parameters()]
            with torch.no_grad():
                for p, g in zip(net.parameters(), away):
                    p += rho / length * g
            optimizer.zero_grad()
            ce(net, r).backward()
            net.t.update(here)
            with torch.no_grad():
                for p, old in zip(net.parameters(), at):
                    p.copy_(old)
            optimizer.step()
    return net


def squares(net, samples):
    """The mean over batches of squared gradients of their mean losses."""
    parts = batches(samples)
    total = [torch.zeros_like(p) for p in net.parameters()]
    for idx in parts:
        for t, g in zip(total, torch.autograd.grad(ce(net, idx, False), net.parameters())):
            t += g.detach() ** 2 / len(parts)
    return total


class Samples:
    """Batches of a set, order after order."""

    def __init__(self, members, phase):
        self.members, self.phase, self.orders, self.left = members, phase, 0, []

    def next(self):
        if not self.left:
            self.left = batches(order(self.members, self.phase * PHASE + self.orders))
            self.orders += 1
        return self.left.pop(0)


def sfr_on():
    """Huang et al., NeurIPS 2024, as their code runs it: a step up the forget set's loss, each sample's weighed by its inverse root, through the
    weights whose importance to the forget set exceeds that to the retain set, clipped; then five steps on the retain set."""
    net, rounds, repair, alpha, lambd, most = Net(), 4, 5, 5.0, 0.5, 7.0
    masks = [((f + 1e-15) / (r + 1e-15) >= 1).double() for f, r in zip(squares(net, FORGET), squares(net, RETAIN))]
    optimizer = sgd(net.parameters(), 0.05)
    gone, kept = Samples(FORGET, 100), Samples(RETAIN, 200)
    half_cosine = lambda share: 0.5 * (1 + math.cos(math.pi * share))
    for t in range(rounds * repair):
        toy.set_lr(optimizer, 0.05 * half_cosine(t / (rounds * repair)))
        if t % repair == 0:
            idx = gone.next()
            each = F.cross_entropy(net(IMAGES[idx], True), LABELS[idx], reduction="none")
            weights = 1 / each.detach() ** lambd
            weights = weights / weights.sum() * len(idx)
            optimizer.zero_grad()
            (-alpha * half_cosine(t / (rounds * repair)) * (weights * each).mean()).backward()
            for p, mask in zip(net.parameters(), masks):
                p.grad *= mask
            torch.nn.utils.clip_grad_norm_(net.parameters(), most)
            optimizer.step()
        descend(optimizer, ce(net, kept.next()))
    return net


def scrub_r():
    """Kurmanji et al., NeurIPS 2023: SCRUB, then back to the epoch after which the forget set's error was closest to the error on samples that
    were never trained on."""
    net, kept = Net(), []
    optimizer = sgd(net.parameters(), 0.05)
    error = lambda model, x, y: (model(x).argmax(1) != y).double().mean().item()
    for e in range(5):
        toy.set_lr(optimizer, 0.05 * 0.1 ** sum(e >= m for m in (3, 5, 9)))
        if e < 2:
            for idx in batches(order(FORGET, 101 * PHASE + e)):
                descend(optimizer, -toy.kl(net(IMAGES[idx], True), ORIGINAL(IMAGES[idx]), 4))
        for idx in batches(order(RETAIN, 201 * PHASE + e)):
            out = net(IMAGES[idx], True)
            descend(optimizer, 0.99 * F.cross_entropy(out, LABELS[idx]) + 0.001 * toy.kl(out, ORIGINAL(IMAGES[idx]), 4))
        kept.append(net.copy())
    return min(kept, key=lambda m: abs(error(m, IMAGES[FORGET], LABELS[FORGET]) - error(m, UNSEEN, UNSEEN_LABELS)))


METHODS = [npo, simnpo, delete, undial, amun, lotus, jit, mu_mis, ugradsl, rmu, graddiff_kl, uam, task_vector, negmerge, scrub_r, sfr_on]
if __name__ == "__main__":
    found = {m.__name__: m() for m in METHODS}
    values = {
        k: [float(f"{v:.12g}") for name in sorted(SHAPES) for v in net.t[name].detach().flatten().tolist()] for k, net in found.items()
    }
    assert all(map(math.isfinite, sum(values.values(), [])))
    with open(sys.argv[1], "w") as out:
        json.dump(values, out, separators=(",", ":"))
