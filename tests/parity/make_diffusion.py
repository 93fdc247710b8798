#!/usr/bin/env python3
"""Fixture for denoisers: what plain PyTorch, NumPy and SciPy make of losses, methods, samplers, schedules and distances in float64.

    pip install torch==2.11.0 scipy blake3 && make_diffusion.py OUT.json

Every formula is written here from its paper, or from what diffusers' and pytorch-fid's code computes, without looking at mu's text of it. The
data, the batches and the forget set are those of make_methods.py, the draws are mu's (draw.py). The denoiser is a row of linear layers that are
given a time and a class; its weights come from a closed formula.
"""
import json
import math
import sys

import numpy as np
import scipy.linalg
import torch
import torch.nn.functional as F

from draw import Draw
from make_methods import BATCH, BESIDE, CLASSES, FORGET, IMAGES, LABELS, PHASE, RETAIN, SEED, batches, order, random_labels

torch.set_default_dtype(torch.float64)
WIDTH, WAVES, NONE = 4, 4, CLASSES
SHAPES = {
    "a.bias": (WIDTH,), "a.weight": (WIDTH, 64), "b.bias": (64,), "b.weight": (64, WIDTH), "l.weight": (CLASSES + 1, WIDTH),
    "m.bias": (2 * WIDTH,), "m.weight": (2 * WIDTH, WIDTH), "t.bias": (WIDTH,), "t.weight": (WIDTH, WAVES),
}


class Net:
    """flatten, a, FiLM by the time and the class, silu, b, image."""

    def __init__(self):
        self.t = {}
        for i, (name, shape) in enumerate(SHAPES.items()):
            value = torch.tensor([0.4 * math.sin(0.37 * j + i) for j in range(math.prod(shape))])
            self.t[name] = value.reshape(shape).requires_grad_()

    def parameters(self):
        return list(self.t.values())

    def __call__(self, x, time, condition):
        t = self.t
        linear = lambda name, h: F.linear(h, t[f"{name}.weight"], t[f"{name}.bias"])
        half = WAVES // 2
        angles = time[:, None] * 20.0 * 10000.0 ** (-torch.arange(half) / (half - 1))
        given = linear("t", torch.cat([angles.sin(), angles.cos()], 1)) + F.embedding(condition, t["l.weight"])
        scale, moved = linear("m", F.silu(given)).chunk(2, 1)
        h = linear("a", x.flatten(1)) * (1 + scale) + moved
        return linear("b", F.silu(h)).reshape(x.shape)


ORIGINAL = Net()


# ---- how noise is mixed into images ----
def cumulative(betas):
    return torch.tensor(np.cumprod(1 - betas))


def linear(steps, first, last):
    return cumulative(np.linspace(first, last, steps))


def scaled_linear(steps, first, last):
    return cumulative(np.linspace(first**0.5, last**0.5, steps) ** 2)


def cosine(steps):
    """diffusers' betas_for_alpha_bar."""
    bar = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    return cumulative(np.array([min(1 - bar((i + 1) / steps) / bar(i / steps), 0.999) for i in range(steps)]))


class Flow:
    def __init__(self, law="uniform"):
        self.law = law

    def time(self, u):
        if self.law == "uniform":
            return u
        return torch.sigmoid(torch.distributions.Normal(0, 1).icdf(u))

    def noised(self, x, e, t):
        t = t.reshape(-1, 1, 1, 1)
        return (1 - t) * x + t * e

    def target(self, x, e):
        return e - x


class Ddpm:
    def __init__(self, signal):
        self.signal = signal

    def time(self, u):
        return (u * len(self.signal)).floor()

    def noised(self, x, e, t):
        signal = self.signal[t.long()].reshape(-1, 1, 1, 1)
        return signal.sqrt() * x + (1 - signal).sqrt() * e

    def target(self, x, e):
        return e


FLOW = Flow()


# ---- losses of each sample ----
class Batch:
    """Samples of an epoch at a position, and what is drawn for them; `skip` draws of other losses come first."""

    def __init__(self, samples, epoch, at, skip=0, classes=None):
        self.samples, self.epoch, self.at, self.skip = samples, epoch, at, skip
        self.image, self.label, self.classes = IMAGES[samples], LABELS[samples], classes

    def drawn(self, law, number, shape):
        draw = Draw(SEED, "unlearn", f"draw {self.skip + number} of epoch {self.epoch}", self.at)
        return torch.tensor([getattr(draw, law)() for _ in range(math.prod(shape))]).reshape(shape)

    def noise_and_time(self, diffusion, image=None, first=0):
        image = self.image if image is None else image
        noise = self.drawn("normal", first, image.shape)
        time = diffusion.time(self.drawn("unit", first + 1, (len(self.samples),)))
        return noise, time, diffusion.noised(image, noise, time)

    def none(self):
        return torch.full_like(self.label, NONE)


def square(a, b):
    return (a - b).square().mean((1, 2, 3))


def denoise(net, b, diffusion=FLOW, condition="given", drop=0.0):
    noise, time, x = b.noise_and_time(diffusion)
    c = {"given": b.label, "other": b.classes, "none": b.none()}[condition]
    if drop:
        c = torch.where(b.drawn("unit", 2, (len(c),)) < drop, NONE, c)
    return square(net(x, time, c), diffusion.target(b.image, noise))


def imitate(net, b, diffusion=FLOW, condition="other", teacher="student"):
    _, time, x = b.noise_and_time(diffusion)
    c = b.classes if condition == "other" else b.none()
    there = (net if teacher == "student" else ORIGINAL)(x, time, c).detach()
    return square(net(x, time, b.label), there)


def on_the_way(net, diffusion, noise, time, condition, steps=20, guidance=3.0):
    """The network's own way from noise to each sample's time in equal parts, without gradients: Euler along a flow, DDIM along a chain."""
    last = len(diffusion.signal) - 1 if isinstance(diffusion, Ddpm) else 1
    x, none = noise, torch.full_like(condition, NONE)
    with torch.no_grad():
        for k in range(steps):
            now, then = (last - (last - time) * i / steps for i in (k, k + 1))
            if isinstance(diffusion, Ddpm):
                now, then = now.round(), then.round()
            told = net(x, now, none) + guidance * (net(x, now, condition) - net(x, now, none))
            if isinstance(diffusion, Ddpm):
                a, b = (diffusion.signal[t.long()].reshape(-1, 1, 1, 1) for t in (now, then))
                x = b.sqrt() * (x - (1 - a).sqrt() * told) / a.sqrt() + (1 - b).sqrt() * told
            else:
                x = x + (then - now).reshape(-1, 1, 1, 1) * told
    return x


def steer_away(net, b, diffusion=FLOW, eta=1.0, at="forward"):
    noise, time, x = b.noise_and_time(diffusion)
    if at == "trajectory":
        x = on_the_way(net, diffusion, noise, time, b.label)
    none, own = ORIGINAL(x, time, b.none()).detach(), ORIGINAL(x, time, b.label).detach()
    return square(net(x, time, b.label), none - eta * (own - none))


def denoise_noise(net, b, diffusion=FLOW):
    # Bytes 0 and 255 are -2 and 2 in network input.
    pixels = -2 + 4 * b.drawn("unit", 0, b.image.shape)
    noise, time, x = b.noise_and_time(diffusion, pixels, 1)
    return square(net(x, time, b.label), diffusion.target(pixels, noise))


CHAIN = linear(50, 1e-3, 0.2)
LOSSES = {
    "denoise(forget)": denoise,
    "denoise(forget, drop: 30%)": lambda net, b: denoise(net, b, drop=0.3),
    "denoise(forget, condition: other)": lambda net, b: denoise(net, b, condition="other"),
    "denoise(forget, condition: none)": lambda net, b: denoise(net, b, condition="none"),
    "denoise(forget, flow(times: logit_normal))": lambda net, b: denoise(net, b, Flow("logit_normal")),
    "denoise(forget, ddpm(50, first: 1e-3, last: 0.2))": lambda net, b: denoise(net, b, Ddpm(CHAIN)),
    "denoise(forget, ddpm, drop: 30%)": lambda net, b: denoise(net, b, Ddpm(linear(1000, 1e-4, 0.02)), drop=0.3),
    "denoise(forget, ddpm(1000, betas: scaled_linear, first: 0.00085, last: 0.012))": lambda net, b: denoise(
        net, b, Ddpm(scaled_linear(1000, 0.00085, 0.012))
    ),
    "denoise(forget, ddpm(betas: cosine))": lambda net, b: denoise(net, b, Ddpm(cosine(1000))),
    "imitate(forget)": imitate,
    "imitate(forget, condition: none)": lambda net, b: imitate(net, b, condition="none"),
    "imitate(forget, teacher: original)": lambda net, b: imitate(net, b, teacher="original"),
    "imitate(forget, ddpm(50, first: 1e-3, last: 0.2), condition: none, teacher: original)": lambda net, b: imitate(
        net, b, Ddpm(CHAIN), "none", "original"
    ),
    "steer_away(forget)": steer_away,
    "steer_away(forget, ddpm(50, first: 1e-3, last: 0.2), eta: 2.5)": lambda net, b: steer_away(net, b, Ddpm(CHAIN), 2.5),
    "steer_away(forget, at: trajectory)": lambda net, b: steer_away(net, b, at="trajectory"),
    "steer_away(forget, ddpm(50, first: 1e-3, last: 0.2), at: trajectory)": lambda net, b: steer_away(
        net, b, Ddpm(CHAIN), at="trajectory"
    ),
    "denoise_noise(forget)": denoise_noise,
    "denoise_noise(forget, ddpm(50, first: 1e-3, last: 0.2))": lambda net, b: denoise_noise(net, b, Ddpm(CHAIN)),
}
RATE = 0.01


def other_classes(items, epoch):
    drawn = random_labels(items, epoch, exclude=True)
    return torch.tensor([drawn[i] for i in items])


def two_steps(loss):
    """Two plain steps over the forget set: the mean of their losses, and the sum of their gradients by every parameter."""
    net = Net()
    whole = order(FORGET, 0)
    classes, total, losses = other_classes(whole, 0), [0.0] * len(SHAPES), []
    for at in (0, 8):
        value = loss(net, Batch(whole[at : at + 8], 0, at, classes=classes[at : at + 8])).mean()
        gradients = torch.autograd.grad(value, net.parameters(), allow_unused=True)
        gradients = [torch.zeros_like(p) if g is None else g for g, p in zip(gradients, net.parameters())]
        losses.append(value.item())
        total = [t + g for t, g in zip(total, gradients)]
        with torch.no_grad():
            for p, g in zip(net.parameters(), gradients):
                p -= RATE * g
    return {"loss": sum(losses) / 2, "gradient": flat(total)}


# ---- methods, 20 steps of Adam with gradients of a norm of at most 1 ----
def adam(net, lr):
    return torch.optim.Adam(net.parameters(), lr=lr)


def descend(net, optimizer, loss, masks=None):
    optimizer.zero_grad()
    loss.backward()
    for i, p in enumerate(net.parameters()):
        p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        if masks:
            p.grad *= masks[i]
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()


def over(samples, loss, lr=1e-3, steps=20):
    net = Net()
    optimizer = adam(net, lr)
    per_epoch = -(-len(samples) // BATCH)
    for step in range(steps):
        epoch, at = step // per_epoch, step % per_epoch * BATCH
        items = order(samples, epoch)
        descend(net, optimizer, loss(net, Batch(items[at : at + BATCH], epoch, at)))
    return net


def side_by_side(loss, lr=1e-3, steps=20, phase=0, net=None, masks=None):
    """A batch of the retain set and one of the forget set in each step; the forget set is gone through again."""
    net = net or Net()
    optimizer = adam(net, lr)
    for step in range(steps):
        epoch, at = phase * PHASE + step // 4, step % 4 * BATCH
        kept, gone = order(RETAIN, epoch), order(FORGET, epoch + BESIDE, len(RETAIN))
        draw = Draw(SEED, "unlearn", "random labels", epoch + BESIDE)
        classes = torch.tensor([(int(LABELS[i]) + 1 + draw.below(CLASSES - 1)) % CLASSES for i in gone])
        here = slice(at, at + BATCH)
        beside = lambda skip: Batch(gone[here], epoch + BESIDE, at, skip, classes[here])
        descend(net, optimizer, loss(net, lambda skip: Batch(kept[here], epoch, at, skip), beside), masks)
    return net


def ft():
    return over(RETAIN, lambda net, b: denoise(net, b).mean())


def ga():
    return over(FORGET, lambda net, b: -denoise(net, b).mean(), 1e-4)


def neggrad_plus():
    return side_by_side(lambda net, r, f: 0.95 * denoise(net, r(0)).mean() - 0.05 * denoise(net, f(2)).mean())


def rl(**more):
    """SalUn's rl of its diffusion code; the other class is drawn."""
    return side_by_side(lambda net, r, f: imitate(net, f(0)).mean() + 3.07 * denoise(net, r(3)).mean(), **more)


def salun():
    net = Net()
    # Forget samples in ascending order, drawn for by the number of their first.
    loss = denoise(net, Batch(FORGET, 0, FORGET[0])).mean()
    gradients = [g.abs() for g in torch.autograd.grad(loss, net.parameters())]
    every = torch.cat([g.flatten() for g in gradients])
    keep = torch.zeros_like(every)
    keep[torch.argsort(every, descending=True, stable=True)[: round(0.5 * len(every))]] = 1
    masks, at = [], 0
    for g in gradients:
        masks.append(keep[at : at + g.numel()].reshape(g.shape))
        at += g.numel()
    return rl(net=net, phase=1, masks=masks)


def esd():
    return over(FORGET, lambda net, b: steer_away(net, b, at="trajectory").mean(), 1e-4)


def concept_ablation():
    return side_by_side(lambda net, r, f: imitate(net, f(0), condition="none").mean() + denoise(net, r(2)).mean())


def noise_surrogate():
    return side_by_side(lambda net, r, f: denoise_noise(net, f(0)).mean() + denoise(net, r(3)).mean())


def l1_sparse():
    return over(RETAIN, lambda net, b: denoise(net, b).mean() + 1e-5 * sum(p.abs().sum() for p in net.parameters()))


METHODS = [ft, ga, neggrad_plus, rl, salun, esd, concept_ablation, noise_surrogate, l1_sparse]


# ---- samplers ----
EACH = 2


def noise(purpose):
    images = []
    for i in range(EACH * CLASSES):
        draw = Draw(SEED, "generate", purpose, i)
        images.append([draw.normal() for _ in range(64)])
    return torch.tensor(images).reshape(-1, 1, 8, 8)


def guided(x, t, g):
    """diffusers: uncond + guidance_scale * (text - uncond)"""
    label = torch.arange(CLASSES).repeat_interleave(EACH)
    time = torch.full((len(x),), float(t))
    with torch.no_grad():
        none, own = ORIGINAL(x, time, torch.full_like(label, NONE)), ORIGINAL(x, time, label)
    return none + g * (own - none)


def euler(g, steps=20):
    x = noise("noise")
    times = np.linspace(1, 0, steps + 1)
    for now, then in zip(times, times[1:]):
        x = x + (then - now) * guided(x, now, g)
    return x


def heun(g, steps=20):
    x = noise("noise")
    times = np.linspace(1, 0, steps + 1)
    for now, then in zip(times, times[1:]):
        here = guided(x, now, g)
        there = guided(x + (then - now) * here, then, g)
        x = x + (then - now) * (here + there) / 2
    return x


def ddim(signal, g, eta, steps=20):
    """diffusers' DDIMScheduler.step: timestep_spacing "leading", steps_offset 0, set_alpha_to_one, no clipping."""
    x, stride = noise("noise"), len(signal) // steps
    for i in reversed(range(steps)):
        t = i * stride
        now, then = signal[t].item(), signal[t - stride].item() if i else 1.0
        e = guided(x, t, g)
        start = (x - (1 - now) ** 0.5 * e) / now**0.5
        std = eta * ((1 - then) / (1 - now) * (1 - now / then)) ** 0.5
        x = then**0.5 * start + (1 - then - std**2) ** 0.5 * e
        if std > 0:
            x = x + std * noise(f"noise of step {i}")
    return x


def images():
    found = {}
    whole = linear(1000, 1e-4, 0.02)
    for g in (1, 2):
        found[f"euler(steps: 20, guidance: {g}, images: 2 samples)"] = euler(g)
        found[f"heun(steps: 20, guidance: {g}, images: 2 samples)"] = heun(g)
        for eta in (0, 1):
            found[f"ddim(steps: 20, guidance: {g}, eta: {eta}, images: 2 samples)"] = ddim(whole, g, eta)
    # As many steps as times: the ancestral sampler of Ho et al. (2020), Algorithm 2, with the smaller of its variances.
    found["ddim(steps: 50, of: ddpm(50, first: 1e-3, last: 0.2), eta: 1, images: 2 samples)"] = ancestral(CHAIN)
    bytes_of = lambda x: ((x * 0.25 + 0.5) * 255).round().clamp(0, 255).flatten().long().tolist()
    return {k: {"images": flat([x]), "pixels": bytes_of(x)} for k, x in found.items()}


def ancestral(signal):
    x, count = noise("noise"), len(signal)
    for t in reversed(range(count)):
        now, then = signal[t].item(), signal[t - 1].item() if t else 1.0
        alpha, beta = now / then, 1 - now / then
        e = guided(x, t, 1)
        x = (x - beta / (1 - now) ** 0.5 * e) / alpha**0.5
        if t:
            x = x + (beta * (1 - then) / (1 - now)) ** 0.5 * noise(f"noise of step {t}")
    return x


# ---- distances of features ----
def features(n, d, shift):
    return np.array([[math.sin(1.7 * i + 0.9 * k * (1 + i % 5) + shift) + shift * k / d + 0.3 * math.cos(i * k) for k in range(d)] for i in range(n)])


def pytorch_fid(a, b):
    """calculate_frechet_distance of pytorch-fid, on np.cov(rowvar=False)."""
    means, covariances = [x.mean(0) for x in (a, b)], [np.cov(x, rowvar=False) for x in (a, b)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    root = root[0] if isinstance(root, tuple) else root
    return float(((means[0] - means[1]) ** 2).sum() + sum(map(np.trace, covariances)) - 2 * np.trace(np.real(root)))


def frechet(a, b):
    """The same, where the covariances are singular as well: tr (SS')^1/2 is the sum of the singular values of X X'^T, X the centred features
    over sqrt(n - 1), S = X^T X. No root of a rounding error is taken."""
    centred = [(x - x.mean(0)) / math.sqrt(len(x) - 1) for x in (a, b)]
    both = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + sum((x**2).sum() for x in centred) - 2 * both)


def kid(a, b):
    """polynomial_mmd of KID's authors, estimator "unbiased", all samples in one block."""
    k = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3
    within = lambda x: (k(x, x).sum() - np.trace(k(x, x))) / (len(x) * (len(x) - 1))
    return float(within(a) + within(b) - 2 * k(a, b).mean())


def distances():
    found = []
    for n, m, d in ((60, 40, 4), (50, 80, 7), (6, 9, 12), (2, 3, 5), (5, 40, 16)):
        a, b = features(n, d, 0.0), features(m, d, 0.4)
        exact = frechet(a, b)
        if min(n, m) > d:
            assert abs(pytorch_fid(a, b) - exact) < 1e-9 * max(1, exact), (pytorch_fid(a, b), exact)
        else:
            # SciPy takes roots of rounding errors here.
            assert abs(pytorch_fid(a, b) - exact) < 1e-4 * max(1, exact), (pytorch_fid(a, b), exact)
        found.append({"a": a.tolist(), "b": b.tolist(), "frechet": exact, "kernel": kid(a, b)})
    return found


def schedules():
    stable = scaled_linear(1000, 0.00085, 0.012)
    assert f"{stable[0]:.5f} {stable[-1]:.4f}" == "0.99915 0.0047"
    found = {
        "linear": linear(1000, 1e-4, 0.02), "linear of 50": CHAIN, "scaled_linear": stable, "cosine": cosine(1000), "cosine of 10": cosine(10),
    }
    return {k: {"steps": len(v), "signal": v.tolist()[::37] + v.tolist()[-1:]} for k, v in found.items()}


def flat(tensors):
    return [float(f"{v:.13g}") for t in tensors for v in t.detach().flatten().tolist()]


if __name__ == "__main__":
    values = {
        "original": flat(ORIGINAL.parameters()),
        "losses": {text: two_steps(loss) for text, loss in LOSSES.items()},
        "methods": {m.__name__: flat(m().parameters()) for m in METHODS},
        "images": images(),
        "schedules": schedules(),
        "distances": distances(),
    }
    with open(sys.argv[1], "w") as out:
        json.dump(values, out, separators=(",", ":"))
