"""Negative preference optimisation (Zhang et al. 2024) on mu's `small_cnn`, as a program: docs/programs.md says what mu lays out."""
import json, os

import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

step = json.load(open(os.environ["MU_STEP"]))
told, images = step["parameters"], step["images"]
torch.manual_seed(step["seed"])
torch.set_num_threads(int(os.environ["MU_THREADS"]))


def network():
    w = torch.load("weights.pth")
    width, features = w["conv1.weight"].shape[0], w["fc.weight"].shape[1]
    parts = dict(conv1=nn.Conv2d(images["shape"][1], width, 3, padding=1, bias=False), bn1=nn.BatchNorm2d(width), r1=nn.ReLU(),
                 conv2=nn.Conv2d(width, 2 * width, 3, padding=1, bias=False), bn2=nn.BatchNorm2d(2 * width), r2=nn.ReLU(),
                 pool=nn.MaxPool2d(2), flat=nn.Flatten(), fc=nn.Linear(features, step["classes"]))
    net = nn.Sequential()
    for name, part in parts.items():
        net.add_module(name, part)
    net.load_state_dict(w)
    return net


pixels = np.memmap(images["file"], np.uint8, "r", shape=tuple(images["shape"]))
labels, forget = torch.from_numpy(np.load("labels.npy")), np.load("forget.npy")
mean, std = (torch.tensor(step["view"][k]).view(1, -1, 1, 1) for k in ("mean", "std"))
net, original = network().train(), network().eval()
optimizer = torch.optim.AdamW(net.parameters(), lr=told["lr"])
for epoch in range(told["epochs"]):
    for batch in torch.randperm(len(forget)).split(told["batch"]):
        at = forget[batch.numpy()]
        x, y = (torch.from_numpy(pixels[at]).float() / 255 - mean) / std, labels[at]
        with torch.no_grad():
            before = F.cross_entropy(original(x), y, reduction="none")
        ratio = before - F.cross_entropy(net(x), y, reduction="none")
        loss = -2 / told["beta"] * F.logsigmoid(-told["beta"] * ratio).mean()
        optimizer.zero_grad(), loss.backward(), optimizer.step()
    print(f"progress {epoch + 1} {told['epochs']} loss {loss.item():.4f}")
torch.save(net.state_dict(), "result.pth")
json.dump({"epochs": told["epochs"], "samples": told["epochs"] * len(forget)}, open("cost.json", "w"))
