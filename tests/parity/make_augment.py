#!/usr/bin/env python3
"""Fixture for augmentations: what torchvision makes of two images, from given offsets and parts.

    pip install torch==2.11.0 torchvision==0.26.0 && make_augment.py OUT.json

The images are 2 x 3 x 12 x 12 bytes from integer arithmetic. Each case: the transforms as mu names them, what is drawn for both
images, and torchvision's output in bytes.
"""
import json
import sys

import torch
import torchvision.transforms.v2.functional as F

x = torch.arange(2 * 3 * 12 * 12, dtype=torch.int64)
images = ((x * 2654435761 + 977) % 2**32 // 2**16 % 256).to(torch.uint8).view(2, 3, 12, 12)


def crop(pad, side, offsets):
    return lambda x, k: F.crop(F.pad(x, [pad] * 4), offsets[k][0], offsets[k][1], side, side)


def flip(which):
    return lambda x, k: F.horizontal_flip(x) if which[k] else x


def resized_crop(side, boxes):
    return lambda x, k: F.resized_crop(x, boxes[k][0], boxes[k][2], boxes[k][1], boxes[k][3], [side, side], antialias=True)


CASES = {
    "crop": [crop(2, 12, [[0, 3], [4, 1]])],
    "crop, flip": [crop(2, 12, [[4, 4], [1, 0]]), flip([1, 0])],
    "flip, crop to 9": [flip([0, 1]), crop(0, 9, [[3, 0], [1, 2]])],
    "centre_crop 7": [lambda x, k: F.center_crop(x, [7, 7])],
    "centre_crop 6": [lambda x, k: F.center_crop(x, [6, 6])],
    "resize 7": [lambda x, k: F.resize(x, [7, 7], antialias=True)],
    "resize 20": [lambda x, k: F.resize(x, [20, 20], antialias=True)],
    "random_resized_crop 8, flip": [resized_crop(8, [[2, 7, 1, 9], [0, 12, 5, 3]]), flip([1, 1])],
    "crop, resize 5, centre_crop 3": [
        crop(2, 12, [[1, 1], [3, 2]]),
        lambda x, k: F.resize(x, [5, 5], antialias=True),
        lambda x, k: F.center_crop(x, [3, 3]),
    ],
}
out = {}
for name, steps in CASES.items():
    made = []
    for k in range(2):
        image = images[k]
        for step in steps:
            image = step(image, k)
        made.append(image)
    out[name] = torch.stack(made).flatten().tolist()
json.dump(out, open(sys.argv[1], "w"))
