#!/usr/bin/env python3
"""Every model family: PyTorch writes, mu reads and writes, PyTorch reads strictly and computes the same.

    pip install torch==2.11.0 torchvision==0.26.0 timm blake3
    round_trip.py make FOLDER
    MU_ROUND=FOLDER cargo test --release -p mu-tests --test suite round_trip -- --ignored
    round_trip.py check FOLDER
"""
import pathlib
import sys

import timm
import torch
import torchvision.models as tv

sys.argv, (what, folder) = [sys.argv[0], "/dev/null"], sys.argv[1:3]
from make_models import MODELS  # noqa: E402

folder = pathlib.Path(folder)
TIMM = {
    "resnet18@imagenet": ("resnet18", tv.resnet18),
    "vgg16_bn@imagenet": ("vgg16_bn", tv.vgg16_bn),
    "vit_b_16": ("vit_base_patch16_224", tv.vit_b_16),
    "swin_t@imagenet": ("swin_tiny_patch4_window7_224", tv.swin_t),
}


def large(name):
    return name.endswith("@imagenet") or name == "vit_b_16"


def file(name, whose):
    side, classes = (224, 1000) if large(name) else (32, 10)
    return folder / f"{name}.{side}.{classes}.{whose}.pth"


if what == "make":
    folder.mkdir(exist_ok=True)
    for name, make in MODELS.items():
        torch.manual_seed(1)
        torch.save(make().state_dict(), file(name, "torchvision"))
    for name, (other, _) in TIMM.items():
        torch.manual_seed(2)
        torch.save({"state_dict": timm.create_model(other).state_dict()}, file(name, "timm"))
else:
    bad = 0
    for name, make in MODELS.items():
        first, again = torch.load(file(name, "torchvision")), torch.load(file(name, "torchvision").with_suffix(".out"), weights_only=True)
        # The masks of Unlearn-WorstCase's Swin-T, which make_models.py does without.
        make().load_state_dict({n: t for n, t in again.items() if not n.endswith("_mask")})
        same = all(torch.equal(t, again[n]) for n, t in first.items() if not n.endswith("num_batches_tracked"))
        bad += not same
        print("same" if same else "DIFFERENT", name)
    for name, (other, make) in TIMM.items():
        theirs, ours = timm.create_model(other), make()
        theirs.load_state_dict(torch.load(file(name, "timm"))["state_dict"])
        ours.load_state_dict(torch.load(file(name, "timm").with_suffix(".out"), weights_only=True))
        x = torch.randn(2, 3, 224, 224)
        with torch.no_grad():
            apart = ((theirs.eval()(x) - ours.eval()(x)).abs().max() / theirs(x).abs().max()).item()
        bad += apart > 1e-5
        print(f"{apart:.1e}", name, "of timm's")
    sys.exit(bad)
