#!/usr/bin/env python3
"""PyTorch's part of the benchmark: trains mu's network from mu's weights on mu's batches, one epoch for each line of input.

    pytorch.py STYLE MODEL BATCH THREADS DATA WEIGHTS

STYLE is `reference` (the loop of Unlearn-WorstCase, restated: PIL transforms in the training thread, float32, contiguous layout,
loss and accuracy read after every step), `float32` or `bf16` (batches in memory, channels last, autocast, fused SGD), or
`compile` (bf16 under torch.compile). Each line of input asks for an epoch; the answer is a line of JSON: seconds, mean loss,
peak memory. DATA is a folder of CIFAR-10's binary form, WEIGHTS a safetensors file with mu's names.
"""
import json
import pathlib
import resource
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "parity"))

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torchvision import transforms as T

import make_models
from draw import Draw

MEAN, STD = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])


def network(name, weights):
    import torchvision.models as tv
    make = {
        "resnet18": lambda: make_models.small_resnet(tv.resnet18),
        "resnet20s": lambda: make_models.ResNetS(3),
        "vgg16_bn": lambda: make_models.SmallVgg((2, 2, 3, 3, 3)),
        "vit_small": make_models.vit_small,
    }
    model = make[name]()
    state = load_file(weights)
    missing, unknown = model.load_state_dict(state, strict=False)
    assert not unknown and all(n.endswith("num_batches_tracked") for n in missing), (missing, unknown)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    return model.train()


def read(folder):
    """Bytes [n, 3, 32, 32] and labels of the training part."""
    records = np.concatenate([np.fromfile(folder / f"data_batch_{i}.bin", np.uint8).reshape(-1, 3073) for i in range(1, 6)])
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)


class Photographs(torch.utils.data.Dataset):
    """As the reference has them: PIL images, padded crop and flip. The crop is the middle and no image is flipped, so that the
    pixels, and with them the losses, are the others'; the work is the same."""

    transform = T.Compose([T.Pad(4), T.CenterCrop(32), T.RandomHorizontalFlip(0.0), T.ToTensor()])

    def __init__(self, pixels, labels, order):
        self.pixels, self.labels, self.order = pixels.transpose(0, 2, 3, 1), labels, order

    def __len__(self):
        return len(self.order)

    def __getitem__(self, i):
        at = self.order[i]
        return self.transform(Image.fromarray(self.pixels[at])), self.labels[at]


def main():
    style, name, batch, threads, data, weights = sys.argv[1:]
    batch = int(batch)
    torch.set_num_threads(int(threads))
    pixels, labels = read(pathlib.Path(data))
    model = network(name, weights)
    fast = style != "reference"
    if fast:
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, **({"fused": True} if fast else {}))
    run = torch.compile(model) if style == "compile" else model
    mean, std = MEAN.view(1, 3, 1, 1), STD.view(1, 3, 1, 1)
    epoch = 0
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "end":
            break
        order = Draw(0, "train", "order", epoch).permutation(len(labels))
        total = 0.0
        if fast:
            # The batches lie ready: what is timed is the step alone.
            x = ((torch.from_numpy(pixels[order]).float() / 255 - mean) / std).to(memory_format=torch.channels_last)
            y = torch.from_numpy(labels[order])
            begun = time.perf_counter()
            total = torch.zeros((), dtype=torch.double)
            for at in range(0, len(order), batch):
                with torch.autocast("cpu", torch.bfloat16, enabled=style in ("bf16", "compile")):
                    loss = nn.functional.cross_entropy(run(x[at : at + batch]).float(), y[at : at + batch])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                total += loss.detach().double() * len(y[at : at + batch])
            total = total.item()
        else:
            loader = torch.utils.data.DataLoader(Photographs(pixels, labels, order), batch_size=batch, num_workers=0)
            begun = time.perf_counter()
            for images, targets in loader:
                out = run((images - mean) / std)
                loss = nn.functional.cross_entropy(out, targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(targets)
                (out.detach().topk(1).indices.squeeze(1) == targets).float().mean().item()
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "loss": total / len(order), "peak": peak}), flush=True)
        epoch += 1


if __name__ == "__main__":
    main()
