"""Tensor expressions in PyTorch, float64: the number of each sample and the gradient of their sum by the logits.

python tests/parity/make_expressions.py > tests/parity/fixtures/expressions.json
"""

import json

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
N, C = 6, 5
generator = torch.Generator().manual_seed(11)
logits = (2 * torch.randn(N, C, generator=generator)).requires_grad_(True)
original = 2 * torch.randn(N, C, generator=generator)
label = torch.tensor([0, 3, 1, 4, 2, 2])
rows = torch.arange(N)
one_hot = F.one_hot(label, C).to(logits.dtype)


def masked(z):
    return z.masked_fill(one_hot.bool(), float("-inf"))


def kl(p, log_q):
    return torch.where(p > 0, p * (p.clamp_min(1e-300).log() - torch.where(p > 0, log_q, 0.0)), 0.0).sum(1)


p, log_p = F.softmax(logits, 1), F.log_softmax(logits, 1)
q = F.softmax(original, 1)
own, theirs = log_p[rows, label], F.log_softmax(original, 1)[rows, label]
CASES = {
    "-log_p(label)": F.cross_entropy(logits, label, reduction="none"),
    "softmax_cross_entropy(logits, label)": F.cross_entropy(logits, label, reduction="none"),
    "softmax_cross_entropy(logits, original.probabilities)": F.cross_entropy(logits, q, reduction="none"),
    "-20 * log_sigmoid(-0.1 * (log_p(label) - original.log_p(label)))": -20 * F.logsigmoid(-0.1 * (own - theirs)),
    "divergence(original.probabilities, probabilities)": F.kl_div(log_p, q, reduction="none").sum(1),
    "divergence(softmax(original.logits / 4), softmax(logits / 4))": F.kl_div(
        F.log_softmax(logits / 4, 1), F.softmax(original / 4, 1), reduction="none"
    ).sum(1),
    "divergence(softmax(without(original.logits, label)), probabilities)": kl(F.softmax(masked(original), 1), log_p),
    "divergence(probabilities, one_hot(label) * 0.9 + 0.02)": kl(p, (one_hot * 0.9 + 0.02).log()),
    "shannon(logits)": torch.distributions.Categorical(logits=logits).entropy(),
    "jensen_shannon(probabilities, original.probabilities)": (
        kl(p, ((p + q) / 2).log()) + kl(q, ((p + q) / 2).log())
    ) / 2,
    "logits[label] - max(without(logits, label))": logits[rows, label] - masked(logits).amax(1),
    "norm(probabilities - one_hot(label))": torch.linalg.vector_norm(p - one_hot, dim=1),
    "square_norm(logits - original.logits)": ((logits - original) ** 2).sum(1),
    "logsumexp(logits)": torch.logsumexp(logits, 1),
    "cosine(logits, original.logits)": F.cosine_similarity(logits, original, dim=1),
    "dot(logits, original.logits)": (logits * original).sum(1),
    "mean(softplus(logits))": F.softplus(logits).mean(1),
    "sum(cos(pi * logits / 2))": torch.cos(torch.pi * logits / 2).sum(1),
    "sum(relu(logits - 0.5))": F.relu(logits - 0.5).sum(1),
    "sum(sigmoid(logits))": torch.sigmoid(logits).sum(1),
    "sum(exp(logits / 3))": (logits / 3).exp().sum(1),
    "sum(sqrt(square(logits) + 1))": (logits**2 + 1).sqrt().sum(1),
    "sum(abs(logits))": logits.abs().sum(1),
    "sum(power(probabilities, 0.7))": p.pow(0.7).sum(1),
    "min(logits)": logits.amin(1),
    "sum(min(logits, original.logits))": torch.minimum(logits, original).sum(1),
    "sum(clamp(logits, -1, 1))": logits.clamp(-1, 1).sum(1),
    "sum(choose(logits > original.logits, 2 * logits, logits))": torch.where(
        logits > original, 2 * logits, logits
    ).sum(1),
    "(1 - stop(probabilities[label])) * -log_p(label)": (1 - p[rows, label].detach()) * -own,
    "-log_p(argmax(without(original.logits, label)))": -log_p[rows, masked(original).argmax(1)],
    "(argmax(logits) == label) + 0 * logits[label]": (logits.argmax(1) == label).to(logits.dtype)
    + 0 * logits[rows, label],
    "3 - logits[label]": 3 - logits[rows, label],
    "1 / (1 + exp(-logits[label]))": torch.sigmoid(logits[rows, label]),
    "log_softmax(logits)[label] / (2 + square(original.logits[label]))": own / (2 + original[rows, label] ** 2),
}

found = {}
for text, value in CASES.items():
    (gradient,) = torch.autograd.grad(value.sum(), logits, retain_graph=True)
    found[text] = {"value": value.tolist(), "gradient": gradient.tolist()}
print(
    json.dumps(
        {"logits": logits.tolist(), "original": original.tolist(), "labels": label.tolist(), "cases": found}, indent=1
    )
)
