"""Writes fixtures/recipes.json: label smoothing, MixUp, CutMix and averaged weights as PyTorch and torchvision compute them, in float64."""
import json
from pathlib import Path
from unittest import mock

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchvision.transforms import v2

torch.set_default_dtype(torch.float64)
OUT = Path(__file__).parent / "fixtures" / "recipes.json"


def fill(shape, phase):
    n = 1
    for side in shape:
        n *= side
    return torch.sin(torch.arange(n) * 0.37 + phase).reshape(shape)


class Share:
    """In the place of the distribution that torchvision draws λ from."""
    def __init__(self, share):
        self.share = share

    def sample(self, shape):
        return torch.tensor(self.share)


found = {"smoothing": [], "mixed": [], "averages": []}
labels = torch.tensor([0, 3, 1, 1])
logits = fill((4, 5), 0.2) * 3
for smoothing in (0.0, 0.1, 0.7):
    loss = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(logits, labels)
    found["smoothing"].append({"smoothing": smoothing, "loss": loss.item()})

images = fill((4, 2, 6, 8), 0.0)
cases = [("mixup", share, (0, 0)) for share in (0.0, 0.3, 1.0)]
cases += [("cutmix", share, at) for share, at in [(0.5, (4, 3)), (0.1, (0, 0)), (0.9, (7, 5)), (1.0, (2, 2)), (0.0, (3, 3))]]
for kind, share, (x, y) in cases:
    transform = v2.MixUp(num_classes=5) if kind == "mixup" else v2.CutMix(num_classes=5)
    transform._dist = Share(share)
    drawn = iter([torch.tensor([x]), torch.tensor([y])])
    with mock.patch("torch.randint", lambda *a, **k: next(drawn)):
        mixed, soft = transform(images, labels)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.1)(logits, soft)
    found["mixed"].append({"kind": kind, "share": share, "at": [x, y], "images": mixed.flatten().tolist(), "loss": loss.item()})

for decay in (0.0, 0.9, 0.999):
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    with torch.no_grad():
        for i, tensor in enumerate([*net.parameters(), net[1].running_mean, net[1].running_var]):
            tensor.copy_(fill(tensor.shape, 0.1 * i))
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
    for step in range(5):
        with torch.no_grad():
            for tensor in [*net.parameters(), net[1].running_mean, net[1].running_var]:
                tensor.add_(0.1 * torch.cos(tensor + step))
        average.update_parameters(net)
    own = dict(average.module.named_parameters()) | {k: v for k, v in average.module.named_buffers() if "num" not in k}
    found["averages"].append({"decay": decay, "after": {name: t.flatten().tolist() for name, t in own.items()}})

OUT.write_text(json.dumps(found, indent=1) + "\n")
