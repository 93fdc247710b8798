#!/usr/bin/env python3
"""Fixture for the library's denoisers: parameter counts, tensor names and outputs of the same networks in plain PyTorch.

    pip install torch==2.11.0 blake3 && make_denoisers.py OUT.json
    make_denoisers.py --time        # seconds of a step, beside the engine's test `steps_of_a_small_unet`

Weights, images and times come from integer arithmetic (`noise`), so that the fixture holds results only. `Ddpm` is the network of
Ho et al. (2020) with conditions as SalUn's `DDPM/models/diffusion.py` has it, module by module under its names; the others follow
their papers. All compute in float64 in evaluation mode.
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from blake3 import blake3
from torch import nn

from make_models import Named, fill, noise

torch.set_num_threads(1)


def waves(t, features):
    half = features // 2
    speeds = torch.exp(torch.arange(half, dtype=t.dtype) * -(math.log(10000) / (half - 1)))
    angles = t[:, None] * speeds[None, :]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Ddpm(nn.Module):
    class Block(nn.Module):
        def __init__(self, i, o, emb, groups):
            super().__init__()
            self.norm1, self.conv1 = nn.GroupNorm(groups, i, eps=1e-6), nn.Conv2d(i, o, 3, padding=1)
            self.temb_cemb_proj = nn.Linear(emb, o)
            self.norm2, self.conv2 = nn.GroupNorm(groups, o, eps=1e-6), nn.Conv2d(o, o, 3, padding=1)
            if i != o:
                self.nin_shortcut = nn.Conv2d(i, o, 1)

        def forward(self, x, emb):
            h = self.conv1(F.silu(self.norm1(x)))
            h = h + self.temb_cemb_proj(F.silu(emb))[:, :, None, None]
            h = self.conv2(F.silu(self.norm2(h)))
            return (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x) + h

    class Attention(nn.Module):
        def __init__(self, c, groups):
            super().__init__()
            self.norm = nn.GroupNorm(groups, c, eps=1e-6)
            self.q, self.k, self.v, self.proj_out = (nn.Conv2d(c, c, 1) for _ in range(4))

        def forward(self, x):
            h = self.norm(x)
            q, k, v = (part(h).flatten(2) for part in (self.q, self.k, self.v))
            weights = torch.softmax(q.transpose(1, 2) @ k * q.shape[1] ** -0.5, dim=2)
            return x + self.proj_out((v @ weights.transpose(1, 2)).view_as(x))

    def __init__(self, channels, classes, width=128, groups=32, mult=(1, 2, 2, 2), blocks=2, resolution=32):
        super().__init__()
        emb, self.width, self.blocks, self.levels = 4 * width, width, blocks, len(mult)
        self.temb, self.cemb = (
            Named(dense=nn.ModuleList([nn.Linear(width, emb), nn.Linear(emb, emb)])) for _ in range(2)
        )
        self.classes_emb, self.null_classes_emb = nn.Embedding(classes, width), nn.Parameter(torch.randn(width))
        self.conv_in = nn.Conv2d(channels, width, 3, padding=1)
        skips, c, side = [width], width, resolution
        self.down = nn.ModuleList()
        for level, m in enumerate(mult):
            block, attn = nn.ModuleList(), nn.ModuleList()
            for _ in range(blocks):
                block.append(self.Block(c, m * width, 2 * emb, groups))
                c = m * width
                skips.append(c)
                if side == 16:
                    attn.append(self.Attention(c, groups))
            down = Named(block=block, attn=attn)
            if level + 1 < len(mult):
                down.downsample = Named(conv=nn.Conv2d(c, c, 3, stride=2))
                skips.append(c)
                side //= 2
            self.down.append(down)
        self.mid = Named(
            block_1=self.Block(c, c, 2 * emb, groups),
            attn_1=self.Attention(c, groups),
            block_2=self.Block(c, c, 2 * emb, groups),
        )
        ups = []
        for level, m in reversed(list(enumerate(mult))):
            block, attn = nn.ModuleList(), nn.ModuleList()
            for _ in range(blocks + 1):
                block.append(self.Block(c + skips.pop(), m * width, 2 * emb, groups))
                c = m * width
                if side == 16:
                    attn.append(self.Attention(c, groups))
            up = Named(block=block, attn=attn)
            if level:
                up.upsample = Named(conv=nn.Conv2d(c, c, 3, padding=1))
                side *= 2
            ups.insert(0, up)
        self.up = nn.ModuleList(ups)
        self.norm_out, self.conv_out = nn.GroupNorm(groups, c, eps=1e-6), nn.Conv2d(c, channels, 3, padding=1)

    def forward(self, x, t, c):
        temb = self.temb.dense[1](F.silu(self.temb.dense[0](waves(t, self.width))))
        null = c == self.classes_emb.num_embeddings
        cemb = self.classes_emb(c.masked_fill(null, 0))
        cemb = torch.where(null[:, None], self.null_classes_emb[None], cemb)
        cemb = self.cemb.dense[1](F.silu(self.cemb.dense[0](cemb)))
        emb = torch.cat([temb, cemb], dim=-1)
        hs = [self.conv_in(x)]
        for level, down in enumerate(self.down):
            for at in range(self.blocks):
                h = down.block[at](hs[-1], emb)
                hs.append(down.attn[at](h) if len(down.attn) else h)
            if level + 1 < self.levels:
                hs.append(down.downsample.conv(F.pad(hs[-1], (0, 1, 0, 1))))
        h = self.mid.block_2(self.mid.attn_1(self.mid.block_1(hs[-1], emb)), emb)
        for level, up in reversed(list(enumerate(self.up))):
            for at in range(self.blocks + 1):
                h = up.block[at](torch.cat([h, hs.pop()], dim=1), emb)
                h = up.attn[at](h) if len(up.attn) else h
            if level:
                h = up.upsample.conv(F.interpolate(h, scale_factor=2.0, mode="nearest"))
        return self.conv_out(F.silu(self.norm_out(h)))


class Given(nn.Module):
    """The sum of what is made of the time, and of the condition; the last row stands for none."""

    def __init__(self, classes, width):
        super().__init__()
        self.time = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width)])
        self.label = nn.Embedding(classes + 1, width)

    def add(self, to):
        to.time, to.label = self.time, self.label

    @staticmethod
    def of(net, t, c):
        t = net.time[1](F.silu(net.time[0](waves(1000 * t, net.time[0].in_features))))
        return F.silu(t + net.label(c))


class Unet(nn.Module):
    class Block(nn.Module):
        def __init__(self, i, o, emb, groups, wide):
            super().__init__()
            self.norm1, self.conv1 = nn.GroupNorm(groups, i), nn.Conv2d(i, o, 3, padding=1)
            self.given = nn.Linear(emb, o)
            self.norm2, self.conv2 = nn.GroupNorm(groups, o), nn.Conv2d(o, o, 3, padding=1)
            if wide:
                self.conv_shortcut = nn.Conv2d(i, o, 1)

        def forward(self, x, given):
            h = self.conv1(F.silu(self.norm1(x))) + self.given(given)[:, :, None, None]
            h = self.conv2(F.silu(self.norm2(h)))
            return h + (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x)

    def __init__(self, channels, classes, width=16, groups=8):
        super().__init__()
        w, emb = width, 4 * width
        Given(classes, emb).add(self)
        self.conv_in = nn.Conv2d(channels, w, 3, padding=1)
        block = lambda i, o, wide=True: self.Block(i, o, emb, groups, wide)
        self.down = nn.ModuleList([block(w, w, False), block(w, 2 * w), block(2 * w, 2 * w, False)])
        self.down[0].shrink = nn.Conv2d(w, w, 3, stride=2, padding=1)
        self.down[1].shrink = nn.Conv2d(2 * w, 2 * w, 3, stride=2, padding=1)
        self.middle = block(2 * w, 2 * w, False)
        self.up = nn.ModuleList([block(3 * w, w), block(4 * w, 2 * w), block(4 * w, 2 * w)])
        self.norm_out, self.conv_out = nn.GroupNorm(groups, w), nn.Conv2d(w, channels, 3, padding=1)

    def forward(self, x, t, c):
        given = Given.of(self, t, c)
        zero = self.down[0](self.conv_in(x), given)
        one = self.down[1](self.down[0].shrink(zero), given)
        two = self.down[2](self.down[1].shrink(one), given)
        twice = lambda h: F.interpolate(h, scale_factor=2.0, mode="nearest")
        h = self.up[2](torch.cat([self.middle(two, given), two], 1), given)
        h = self.up[1](torch.cat([twice(h), one], 1), given)
        h = self.up[0](torch.cat([twice(h), zero], 1), given)
        return self.conv_out(F.silu(self.norm_out(h)))


def modulate(x, film):
    a, b = film.chunk(2, dim=-1)
    a, b = (part.view(len(x), *[1] * (x.dim() - 2), -1) for part in (a, b))
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + a) + b


class Mlp(nn.Module):
    def __init__(self, channels, side, classes, width=256, depth=4):
        super().__init__()
        Given(classes, width).add(self)
        size = channels * side * side
        self.first = nn.Linear(size, width)
        part = lambda: Named(
            film=nn.Linear(width, 2 * width),
            mlp=nn.ModuleList([nn.Linear(width, 2 * width), nn.Linear(2 * width, width)]),
            gate=nn.Linear(width, width),
        )
        self.blocks = nn.ModuleList(part() for _ in range(depth))
        self.out = Named(film=nn.Linear(width, 2 * width), linear=nn.Linear(width, size))

    def forward(self, x, t, c):
        given, h = Given.of(self, t, c), self.first(x.flatten(1))
        for block in self.blocks:
            y = block.mlp[1](F.silu(block.mlp[0](modulate(h, block.film(given)))))
            h = h + y * block.gate(given)
        return self.out.linear(modulate(h, self.out.film(given))).view_as(x)


class Dit(nn.Module):
    def __init__(self, channels, side, classes, patch=4, width=128, depth=4, heads=4):
        super().__init__()
        self.patch, self.heads, self.channels = patch, heads, channels
        self.t_embedder = Named(mlp=nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width)))
        self.y_embedder = Named(embedding_table=nn.Embedding(classes + 1, width))
        self.x_embedder = Named(proj=nn.Linear(channels * patch * patch, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, (side // patch) ** 2, width))
        part = lambda: Named(
            film_1=nn.Linear(width, 2 * width),
            attn=Named(qkv=nn.Linear(width, 3 * width), proj=nn.Linear(width, width)),
            gate_1=nn.Linear(width, width),
            film_2=nn.Linear(width, 2 * width),
            mlp=Named(fc1=nn.Linear(width, 4 * width), fc2=nn.Linear(4 * width, width)),
            gate_2=nn.Linear(width, width),
        )
        self.blocks = nn.ModuleList(part() for _ in range(depth))
        self.final_layer = Named(film=nn.Linear(width, 2 * width), linear=nn.Linear(width, patch * patch * channels))

    def attend(self, block, x):
        b, n, d = x.shape
        q, k, v = block.attn.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        return block.attn.proj(y.transpose(1, 2).reshape(b, n, d))

    def forward(self, x, t, c):
        p = self.patch
        given = F.silu(self.t_embedder.mlp(waves(1000 * t, 256)) + self.y_embedder.embedding_table(c))
        h = self.x_embedder.proj(F.unfold(x, p, stride=p).transpose(1, 2)) + self.pos_embed
        for block in self.blocks:
            h = h + self.attend(block, modulate(h, block.film_1(given))) * block.gate_1(given)[:, None]
            y = block.mlp.fc2(F.gelu(block.mlp.fc1(modulate(h, block.film_2(given)))))
            h = h + y * block.gate_2(given)[:, None]
        h = self.final_layer.linear(modulate(h, self.final_layer.film(given)))
        return F.fold(h.transpose(1, 2), x.shape[2:], p, stride=p)


# The word in mu, channels, side, classes, the network here, and the last time.
CASES = [
    ("mlp_denoiser", 1, 8, 10, lambda: Mlp(1, 8, 10), 1.0),
    ("mlp_denoiser(width: 32, depth: 2)", 3, 6, 4, lambda: Mlp(3, 6, 4, 32, 2), 1.0),
    ("unet", 1, 28, 10, lambda: Unet(1, 10), 1.0),
    ("unet(width: 8, groups: 4)", 3, 32, 5, lambda: Unet(3, 5, 8, 4), 1.0),
    ("dit", 1, 28, 10, lambda: Dit(1, 28, 10), 1.0),
    ("dit(patch: 2, width: 24, depth: 2, heads: 3)", 3, 8, 4, lambda: Dit(3, 8, 4, 2, 24, 2, 3), 1.0),
    ("unet@ddpm(width: 8, groups: 4)", 3, 32, 10, lambda: Ddpm(3, 10, 8, 4), 999.0),
]
FEW = 200


@torch.no_grad()
def case(make, channels, side, classes, last):
    net = make().eval()
    names = fill(net)
    net.double()
    images = noise(3 * channels * side * side, 1000).view(3, channels, side, side).double()
    t = torch.tensor([0.0, 0.37, 1.0], dtype=torch.float64) * last
    out = net(images, t, torch.tensor([0, classes - 1, classes]))
    assert out.shape == images.shape
    some = torch.arange(FEW) * 7919 % out.numel()
    return {
        "channels": channels,
        "side": side,
        "classes": classes,
        "last": last,
        "parameters": sum(p.numel() for p in net.parameters()),
        "names": blake3(names.encode()).hexdigest(),
        "outputs": out.flatten()[some].tolist(),
        "largest": out.abs().max().item(),
    }


def time_steps(batch=64, rounds=15):
    """A training step of the small U-Net without its optimizer, eagerly, channels last."""
    layout = torch.channels_last
    net = Unet(1, 10).to(memory_format=layout).train()
    x, wants = (torch.randn(batch, 1, 28, 28).to(memory_format=layout) for _ in range(2))
    t, c = torch.rand(batch), torch.arange(batch) % 11
    for word, kind in (("Float32", None), ("Bf16", torch.bfloat16)):
        seconds = []
        for _ in range(rounds):
            start = time.perf_counter()
            with torch.autocast("cpu", dtype=kind, enabled=kind is not None):
                made = net(x, t, c)
            torch.autograd.grad(F.mse_loss(made.float(), wants), list(net.parameters()))
            seconds.append(time.perf_counter() - start)
        seconds.sort()
        print(f"PyTorch {word} least {seconds[0]:.4f} median {seconds[rounds // 2]:.4f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--time"]:
        time_steps()
        sys.exit()
    out = {word: case(make, *sizes, last) for word, *sizes, make, last in CASES}
    with torch.device("meta"):
        whole = Ddpm(3, 10)
    shapes = {name: list(tensor.shape) for name, tensor in whole.state_dict().items()}
    lines = "\n".join(f"{name} {shape}" for name, shape in sorted(shapes.items()))
    out["unet@ddpm"] = {
        "channels": 3,
        "side": 32,
        "classes": 10,
        "last": 999.0,
        "parameters": sum(p.numel() for p in whole.parameters()),
        "names": blake3(lines.encode()).hexdigest(),
        "outputs": [],
        "largest": 1.0,
    }
    print({word: made["parameters"] for word, made in out.items()}, len(shapes))
    with open(sys.argv[1], "w") as file:
        json.dump(out, file, indent=1)
