#!/usr/bin/env python3
"""Fixtures for checkpoints: one small network in every form that PyTorch users keep weights in.

    pip install torch==2.11.0 safetensors numpy scikit-learn && make_checkpoints.py FOLDER

The network is mu's `small_cnn(width: 2)` for 1 x 8 x 8 images and 10 classes. Its float32 weights come from integer arithmetic
(`noise` as in make_models.py), so that a reader can be tested against the formula.
"""
import collections
import os
import pathlib
import pickle
import sys
import types

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import prune  # noqa: F401

OUT = pathlib.Path(sys.argv[1])


def noise(n, k):
    x = (torch.arange(n, dtype=torch.int64) * 2654435761 + k * 40503 + 977) % 2**32
    x = ((x ^ (x >> 15)) * 1540483477) % 2**32
    x = x ^ (x >> 13)
    return (x.double() / 2**31 - 1).float()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2)
        self.conv2, self.bn2 = nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.fc = nn.Linear(64, 10)


net = Net()
floats = {n: t for n, t in net.state_dict().items() if t.is_floating_point()}
for k, (name, tensor) in enumerate(sorted(floats.items())):
    v = noise(tensor.numel(), k).view(tensor.shape)
    tensor.copy_(1 + 0.2 * v if name.endswith("running_var") else v)
state = net.state_dict()

torch.save(state, OUT / "plain.pth")
torch.save(state, OUT / "legacy.pth", _use_new_zipfile_serialization=False)
wrapped = {f"module.{n}": t for n, t in state.items()}
wrapped["module.normalize.mean"], wrapped["module.normalize.std"] = torch.tensor([0.305]), torch.tensor([0.376])
torch.save({"epoch": 181, "state_dict": wrapped, "best_sa": 93.1, "optimizer": {"lr": 0.1}}, OUT / "nested.pth.tar")
save_file({n: t.contiguous() for n, t in state.items()}, OUT / "plain.safetensors")
laid = {n: t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t for n, t in state.items()}
torch.save(laid, OUT / "channels_last.pth")
torch.save({n: t.bfloat16() if t.is_floating_point() else t for n, t in state.items()}, OUT / "bfloat16.pth")
# A whole module, of a class that exists nowhere else.
module = types.ModuleType("somewhere")
module.Net = Net
Net.__module__ = "somewhere"
sys.modules["somewhere"] = module
torch.save(net, OUT / "module.pth")
torch.save({n: nn.Parameter(t) if t.is_floating_point() else t for n, t in state.items()}, OUT / "parameters.pth")
torch.save({**state, "fc.weight": torch.zeros(100, 64), "fc.bias": torch.zeros(100)}, OUT / "hundred.pth")
# Weights as people keep them beside other things: which table holds them is for a reader to find.
other = {n: torch.full_like(t, 0.5) for n, t in state.items()}
momentum = {"state": {0: {"momentum_buffer": torch.zeros(2, 1, 3, 3)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
best = torch.tensor(91.7)
torch.save({"epoch": 3, "arch": "small", "state_dict": state, "best_acc1": best, "optimizer": momentum}, OUT / "beside.pth")
torch.save([state, momentum, 7], OUT / "listed.pth")
# As the DDPM code of SalUn and of Selective Amnesia keeps a training: the network within DataParallel, Adam, the step, the average.
moments = {at: {"step": 9, "exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)} for at, p in enumerate(net.parameters())}
adam = {"state": moments, "param_groups": [{"lr": 2e-4, "params": list(moments)}]}
torch.save([{f"module.{n}": t for n, t in state.items()}, adam, 9, other], OUT / "ddpm.pth")
torch.save(list(state.items()), OUT / "pairs.pth")
torch.save({"run": ({"weights_at_the_end": state}, best), "loss": best}, OUT / "deep.pth")
torch.save({n.replace(".", "._orig_mod.module.", 1): t for n, t in state.items()}, OUT / "compiled.pth")
torch.save({"last": state, "best": {f"module.{n}": t for n, t in state.items()}}, OUT / "twice.pth")
lightning = {f"model.{n}": t for n, t in state.items()} | {"head.weight": torch.zeros(3, 4), "head.bias": torch.zeros(3)}
torch.save({"state_dict": lightning, "pytorch-lightning_version": "2.4.0"}, OUT / "lightning.pth")
torch.save({"model": state, "ema": {"module": other, "decay": 0.99}}, OUT / "averaged.pth")
torch.save({f"{who}.{n}": t for who, of in (("student", state), ("teacher", other)) for n, t in of.items()}, OUT / "distilled.pth")
words = {"conv1": "body.0", "bn1": "body.1", "conv2": "body.3", "bn2": "body.4", "fc": "head"}
renamed = {f"module.{words[n.split('.')[0]]}.{n.split('.')[1]}": t for n, t in state.items()}
torch.save({"net": renamed, "acc": 95.47, "epoch": 199}, OUT / "other_names.pth")
pruned = Net()
pruned.load_state_dict(state)
for layer in (pruned.conv1, pruned.conv2):
    nn.utils.prune.l1_unstructured(layer, "weight", amount=0.5)
torch.save({"state_dict": pruned.state_dict(), "best_sa": 90.0}, OUT / "pruned.pth")


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/mu-was-here",)


torch.save({**state, "fc.bias": Evil()}, OUT / "evil.pth")


class Whole(Net):
    """`small_cnn(width: 2)` with its computation, and the linear layer under a second name."""

    def __init__(self):
        super().__init__()
        self.head = self.fc

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return self.fc(torch.max_pool2d(x, 2).flatten(1))


whole = Whole()
whole.load_state_dict({**state, "head.weight": state["fc.weight"], "head.bias": state["fc.bias"]})
torch.jit.script(whole).save(OUT / "scripted.pt")
torch.jit.trace(whole.eval(), torch.zeros(1, 1, 8, 8)).save(OUT / "traced.pt")
torch.jit.freeze(torch.jit.script(whole)).save(OUT / "frozen.pt")


class Normalises(nn.Module):
    """A linear layer behind constants that no gradient moves, and a parameter that nothing depends on."""

    def __init__(self):
        super().__init__()
        self.register_buffer("shift", torch.tensor([0.3]))
        self.fc, self.unused = nn.Linear(64, 10), nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return self.fc((x - self.shift).flatten(1))


normalises = Normalises()
with torch.no_grad():
    normalises.fc.weight.copy_(noise(640, 50).view(10, 64) / 8)
    normalises.fc.bias.copy_(noise(10, 51) / 8)
torch.jit.script(normalises).save(OUT / "normalises.pt")


class Writes(Whole):
    """The same, and a program that writes a file while it is evaluated."""

    def forward(self, x):
        torch.save(x, "/tmp/mu-was-here")
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return self.fc(torch.max_pool2d(x, 2).flatten(1))


torch.jit.script(Writes()).save(OUT / "writes.pt")

# A network that knows the digits, and how many of all 1 797 it gets right. `make_checkpoints.py FOLDER WEIGHTS` counts the same for
# weights that mu wrote.
from sklearn.datasets import load_digits

digits = load_digits()
pixels = torch.tensor(np.rint(digits.images * 255 / 16) / 255, dtype=torch.float32)
images, labels = ((pixels - 0.305) / 0.376).unsqueeze(1), torch.tensor(digits.target)


def logits(net, x):
    x = torch.relu(net.bn1(net.conv1(x)))
    x = torch.relu(net.bn2(net.conv2(x)))
    return net.fc(torch.max_pool2d(x, 2).flatten(1))


def right(net):
    with torch.no_grad():
        return int((logits(net.eval(), images).argmax(1) == labels).sum())


if len(sys.argv) > 2:
    net.load_state_dict(torch.load(sys.argv[2], weights_only=True))
    print(right(net), "of", len(labels))
    sys.exit()
torch.manual_seed(0)
net = Net().train()
step = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for _ in range(8):
    for at in range(0, 1797, 64):
        step.zero_grad()
        nn.functional.cross_entropy(logits(net, images[at : at + 64]), labels[at : at + 64]).backward()
        step.step()
(OUT / "digits.txt").write_text(f"{right(net)}\n")
torch.save(net.state_dict(), OUT / "digits.pth")

# Lists of sample numbers as people pickle them.
numbers = [3, 1, 300]
for name, value in {
    "list": numbers,
    "array": np.array(numbers),
    "scalars": [np.int64(n) for n in numbers],
    "old": np.array(numbers, dtype=np.int32),
}.items():
    protocol = 2 if name == "old" else 4
    (OUT / f"{name}.pkl").write_bytes(pickle.dumps(value, protocol=protocol))
