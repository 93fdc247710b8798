#!/usr/bin/env python3
"""Fixture for the library's networks: parameter counts, tensor names and logits of torchvision's networks, or of the papers'.

    pip install torch==2.11.0 torchvision==0.26.0 blake3 && make_models.py OUT.json

Weights and images come from integer arithmetic (`noise`), so that the fixture holds results only: for each network the number
of trainable parameters, a digest of its tensors' names and shapes, and the evaluation-mode logits of two images in float32.
Networks that torchvision lacks are written here from their papers.
"""
import json
import math
import sys

import torch
import torch.nn.functional as F
import torchvision.models as tv
from blake3 import blake3
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer

torch.set_num_threads(1)


def noise(n, k):
    """n numbers in -1..1, by position and stream."""
    x = (torch.arange(n, dtype=torch.int64) * 2654435761 + k * 40503 + 977) % 2**32
    x = ((x ^ (x >> 15)) * 1540483477) % 2**32
    x = x ^ (x >> 13)
    return (x.double() / 2**31 - 1).float()


IGNORED = ("num_batches_tracked", "relative_position_index")


def fill(model):
    """Weights of about unit gain, in the order of names; returns names and shapes."""
    state = {n: t for n, t in model.state_dict().items() if not n.endswith(IGNORED)}
    lines = []
    for k, (name, tensor) in enumerate(sorted(state.items())):
        v = noise(tensor.numel(), k).view(tensor.shape)
        if name.endswith("running_var"):
            v = 1 + 0.2 * v
        elif tensor.dim() >= 2 and name.endswith("weight"):
            v = v * math.sqrt(3 / tensor[0].numel())
        elif name.endswith("weight"):
            v = 1 + 0.1 * v
        else:
            v = 0.1 * v
        tensor.copy_(v)
        lines.append(f"{name} {list(tensor.shape)}")
    return "\n".join(lines)


class ResNetS(nn.Module):
    """He et al. 2016, section 4.2, shortcuts of option A."""

    class Block(nn.Module):
        def __init__(self, i, o, stride):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
            self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
            self.stride, self.more = stride, o - i

        def forward(self, x):
            y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            s = x[:, :, :: self.stride, :: self.stride]
            return F.relu(y + F.pad(s, (0, 0, 0, 0, self.more // 2, self.more - self.more // 2)))

    def __init__(self, blocks):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        i = 16
        for stage, o in enumerate((16, 32, 64)):
            parts = []
            for b in range(blocks):
                parts.append(self.Block(i, o, 2 if stage and not b else 1))
                i = o
            setattr(self, f"layer{stage + 1}", nn.Sequential(*parts))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


def small_resnet(make):
    model = make(num_classes=10)
    model.conv1, model.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    return model


class SmallVgg(nn.Module):
    def __init__(self, counts):
        super().__init__()
        parts, i = [], 3
        for at, (width, count) in enumerate(zip((64, 128, 256, 512, 512), counts)):
            parts += [nn.MaxPool2d(2)] if at else []
            for _ in range(count):
                parts += [nn.Conv2d(i, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
                i = width
        self.features = nn.Sequential(*parts)
        self.classifier = nn.Sequential(
            nn.Linear(2048, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
        )

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 2).flatten(1))


class Named(nn.Module):
    """A module whose children have the given names."""

    def __init__(self, **children):
        super().__init__()
        for name, child in children.items():
            setattr(self, name, child)


class WindowedBlock(nn.Module):
    """A Swin block on [b, h, w, c], with one bias for all heads that counts from query to key."""

    def __init__(self, c, heads, window, shift):
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        inner = 32 * heads
        attend = Named(to_qkv=nn.Linear(c, 3 * inner, bias=False), to_out=nn.Linear(inner, c))
        attend.pos_embedding = nn.Parameter(torch.zeros(2 * window - 1, 2 * window - 1))
        self.attention_block = Named(fn=Named(norm=nn.LayerNorm(c), fn=attend))
        hidden = nn.Sequential(nn.Linear(c, 4 * c), nn.GELU(), nn.Linear(4 * c, c))
        self.mlp_block = Named(fn=Named(norm=nn.LayerNorm(c), fn=Named(net=hidden)))

    def attend(self, x):
        part = self.attention_block.fn.fn
        b, side, _, _ = x.shape
        w, heads = self.window, self.heads
        places = [(i, j) for i in range(side) for j in range(side)]
        # In plain loops over all pairs of places: who sees whom follows from the definition, not from masks.
        rolled = {p: ((p[0] - self.shift) % side, (p[1] - self.shift) % side) for p in places}
        q, k, v = part.to_qkv(x).view(b, side * side, 3, heads, 32).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / math.sqrt(32)
        bias = torch.full((side * side, side * side), -math.inf)
        for a, p in enumerate(places):
            for c, o in enumerate(places):
                (y, z), (u, t) = rolled[p], rolled[o]
                same_window = (y // w, z // w) == (u // w, t // w)
                touching = (y - p[0], z - p[1]) == (u - o[0], t - o[1])
                if same_window and touching:
                    bias[a, c] = part.pos_embedding[u - y + w - 1, t - z + w - 1]
        mixed = (scores + bias).softmax(-1) @ v
        return part.to_out(mixed.transpose(1, 2).reshape(b, side, side, heads * 32))

    def forward(self, x):
        x = x + self.attend(self.attention_block.fn.norm(x))
        return x + self.mlp_block.fn.fn.net(self.mlp_block.fn.norm(x))


class SmallSwin(nn.Module):
    def __init__(self, window=4, shift=2):
        super().__init__()
        i = 3
        self.halvings = (2, 2, 2, 1)
        for at, (halve, pairs, heads) in enumerate(zip(self.halvings, (1, 1, 3, 1), (3, 6, 12, 24))):
            c = 96 * 2**at
            pair = lambda: nn.ModuleList([WindowedBlock(c, heads, window, s) for s in (0, shift)])
            layers = nn.ModuleList([pair() for _ in range(pairs)])
            setattr(self, f"stage{at + 1}", Named(patch_partition=Named(linear=nn.Linear(i * halve**2, c)), layers=layers))
            i = c
        self.mlp_head = nn.Sequential(nn.LayerNorm(i), nn.Linear(i, 10))

    def forward(self, x):
        for at, halve in enumerate(self.halvings):
            stage = getattr(self, f"stage{at + 1}")
            x = F.pixel_unshuffle(x, halve).permute(0, 2, 3, 1)
            x = stage.patch_partition.linear(x)
            for pair in stage.layers:
                for block in pair:
                    x = block(x)
            x = x.permute(0, 3, 1, 2)
        return self.mlp_head(x.mean((2, 3)))


class AllCnn(nn.Module):
    def __init__(self, w=96):
        super().__init__()
        parts, i = [], 3
        for o, k, stride in [(w, 3, 1), (w, 3, 1), (w, 3, 2), (2 * w, 3, 1), (2 * w, 3, 1), (2 * w, 3, 2), (2 * w, 3, 1), (2 * w, 1, 1)]:
            parts.append(Named(conv=nn.Conv2d(i, o, k, stride, k // 2, bias=False), bn=nn.BatchNorm2d(o)))
            i = o
        self.features, self.classifier = nn.ModuleList(parts), nn.Linear(i, 10)

    def forward(self, x):
        for part in self.features:
            x = F.relu(part.bn(part.conv(x)))
        return self.classifier(x.mean((2, 3)))


class Mlp(nn.Module):
    def __init__(self, w=256):
        super().__init__()
        self.layers = nn.ModuleList([Named(linear=nn.Linear(3 * 32 * 32, w)), Named(linear=nn.Linear(w, w))])
        self.head = nn.Linear(w, 10)

    def forward(self, x):
        x = x.flatten(1)
        for part in self.layers:
            x = F.relu(part.linear(x))
        return self.head(x)


def vit_small():
    return VisionTransformer(image_size=32, patch_size=4, num_layers=6, num_heads=3, hidden_dim=192, mlp_dim=768, num_classes=10)


MODELS = {
    "resnet18": lambda: small_resnet(tv.resnet18),
    "resnet34": lambda: small_resnet(tv.resnet34),
    "resnet50": lambda: small_resnet(tv.resnet50),
    "resnet18@imagenet": tv.resnet18,
    "resnet34@imagenet": tv.resnet34,
    "resnet50@imagenet": tv.resnet50,
    "resnet20s": lambda: ResNetS(3),
    "resnet32s": lambda: ResNetS(5),
    "resnet44s": lambda: ResNetS(7),
    "resnet56s": lambda: ResNetS(9),
    "vgg16_bn": lambda: SmallVgg((2, 2, 3, 3, 3)),
    "vgg19_bn": lambda: SmallVgg((2, 2, 4, 4, 4)),
    "vgg16_bn@imagenet": tv.vgg16_bn,
    "vgg19_bn@imagenet": tv.vgg19_bn,
    "swin_t": SmallSwin,
    "swin_t@imagenet": tv.swin_t,
    "vit_b_16": tv.vit_b_16,
    "vit_small": vit_small,
    "allcnn": AllCnn,
    "mlp": Mlp,
}


@torch.no_grad()
def main():
    out = {}
    for name, make in MODELS.items():
        large = name.endswith("@imagenet") or name == "vit_b_16"
        model = make().eval()
        names = fill(model)
        side = 224 if large else 32
        images = noise(2 * 3 * side * side, 1000).view(2, 3, side, side)
        logits = model(images)
        out[name] = {
            "side": side,
            "classes": logits.shape[1],
            "parameters": sum(p.numel() for p in model.parameters()),
            "names": blake3(names.encode()).hexdigest(),
            # The first ten classes tell networks apart as well as a thousand.
            "logits": logits[:, :10].flatten().tolist(),
            "largest": logits.abs().max().item(),
        }
        print(name, out[name]["parameters"], f"{out[name]['largest']:.3g}", file=sys.stderr)
    json.dump(out, open(sys.argv[1], "w"), indent=1)


if __name__ == "__main__":
    main()
