#!/usr/bin/env python3
"""The loops of Unlearn-WorstCase (Fan et al., ECCV 2024) restated in PyTorch, on 5 000 images of Fashion-MNIST: seconds of a
training of two epochs, of a selection round, and of an evaluation with all five attacks. The statements are our own; what they do
in which order is what that code does: PIL images transformed one by one in the training thread, float32, contiguous layout,
loss and accuracy read after every step, the loss pass of the upper level with gradients on, outputs inferred again for the attack.

    reference.py THREADS      # prints one line of JSON
"""
import gzip
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "parity"))

import numpy as np
import torch
from PIL import Image
from sklearn.svm import SVC
from torch import nn
from torchvision import transforms as T

import make_models

FOLDER = pathlib.Path("/usr/share/datasets/fashion-mnist")
TRAIN = T.Compose([T.Pad(2), T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ToTensor()])
TEST = T.Compose([T.Pad(2), T.ToTensor()])
BATCH = 256


class Images(torch.utils.data.Dataset):
    def __init__(self, pixels, labels, transform):
        self.pixels, self.labels, self.transform = pixels, labels, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.transform(Image.fromarray(self.pixels[i])), int(self.labels[i]), i


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = make_models.ResNetS(3)
        self.inner.conv1 = nn.Conv2d(1, 16, 3, 1, 1, bias=False)

    def forward(self, x):
        return self.inner((x - 0.2190) / 0.3318)


def read(part, count):
    pixels = np.frombuffer(gzip.open(FOLDER / f"{part}-images-idx3-ubyte.gz").read(), np.uint8, offset=16).reshape(-1, 28, 28)
    labels = np.frombuffer(gzip.open(FOLDER / f"{part}-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)
    return pixels[:count], labels[:count]


def loader(data, shuffle):
    return torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=shuffle, num_workers=0)


def train(model, data, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    model.train()
    for _ in range(epochs):
        for x, y, _ in loader(data, True):
            out = model(x)
            loss = nn.functional.cross_entropy(out, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
            (out.detach().topk(1).indices.squeeze(1) == y).float().mean().item()


def select(model, data, epochs, budget):
    """One round: the lower level by sign descent on weighted losses, losses of all samples, a step, a projection by bisection."""
    w = torch.zeros(len(data), dtype=torch.double)
    w[torch.randperm(len(data))[:budget]] = 1.0
    model.train()
    for _ in range(epochs):
        for x, y, i in loader(data, True):
            out = model(x)
            loss = ((1 - w[i]).float() * nn.functional.cross_entropy(out, y, reduction="none")).mean()
            model.zero_grad()
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= 1e-3 * p.grad.sign()
            loss.item()
    losses = torch.zeros(len(data), dtype=torch.double)
    for x, y, i in loader(data, True):
        losses[i] = nn.functional.cross_entropy(model(x), y, reduction="none").detach().double()
    moved = w - 1e3 * (losses + 2e-4 * w)
    low, high = (moved - 1).min(), moved.max()
    for _ in range(100):
        middle = (low + high) / 2
        if (moved - middle).clamp(0, 1).sum() > budget:
            low = middle
        else:
            high = middle
    return (moved - middle).clamp(0, 1)


@torch.no_grad()
def outputs(model, data):
    model.eval()
    all = [(torch.softmax(model(x), 1), y) for x, y, _ in loader(data, False)]
    return torch.cat([p for p, _ in all]).numpy(), torch.cat([y for _, y in all]).numpy()


def evaluate(model, retain, forget, validation, test):
    for part in (retain, forget, validation, test):
        p, y = outputs(model, part)
        (p.argmax(1) == y).mean()
    some = torch.utils.data.Subset(retain, range(len(test)))
    seen = [outputs(model, part) for part in (some, test, forget)]
    log = [np.log(np.clip(p, 1e-30, 1)) for p, _ in seen]
    own = [p[np.arange(len(y)), y] for p, y in seen]
    features = {
        "correctness": [(p.argmax(1) == y).astype(float) for p, y in seen],
        "confidence": own,
        "entropy": [-(p * l).sum(1) for (p, _), l in zip(seen, log)],
        "modified_entropy": [-((1 - o) * np.log(np.clip(o, 1e-30, 1))) - (p * np.log(np.clip(1 - p, 1e-30, 1))).sum(1) for (p, _), o in zip(seen, own)],
        "probabilities": [p for p, _ in seen],
    }
    for members, others, asked in features.values():
        rows = [np.asarray(f).reshape(len(f), -1) for f in (members, others, asked)]
        svc = SVC(C=3, gamma="auto", kernel="rbf").fit(np.concatenate(rows[:2]), np.r_[np.ones(len(rows[0])), np.zeros(len(rows[1]))])
        svc.predict(rows[2]).mean()
        svc.predict(rows[1]).mean()


def timed(f, *args):
    begun = time.perf_counter()
    f(*args)
    return time.perf_counter() - begun


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(0)
    (x, y), (tx, ty) = read("train", 5000), read("t10k", 2000)
    model = Network()
    training = Images(x[:4500], y[:4500], TRAIN)
    train(model, Images(x[:512], y[:512], TRAIN), 1)
    parts = [Images(x[a:b], y[a:b], TEST) for a, b in ((0, 4050), (4050, 4500), (4500, 5000))] + [Images(tx, ty, TEST)]
    print(json.dumps({
        "train": timed(train, model, training, 2),
        "select": timed(select, model, training, 2, 450),
        "evaluation": timed(evaluate, model, *parts),
    }))
