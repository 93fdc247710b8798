#!/usr/bin/env python3
"""Input pipelines beside torchvision's: makes a folder of photographs' size, and times DataLoader with two workers on it.

    pip install torch==2.11.0 torchvision==0.26.0 && bench_data.py FOLDER
    MU_PHOTOS=FOLDER cargo test --release -p mu-engine pipelines_beside -- --ignored --nocapture

600 JPEGs of 500 x 375 px (smooth noise, about 60 kB each) in two classes, and 10 000 images of 32 x 32 px in memory.
"""
import pathlib
import sys
import time

import numpy as np
import torch
from PIL import Image
from torchvision import datasets, transforms as T

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(0)
if not folder.exists():
    for c in range(2):
        (folder / "train" / str(c)).mkdir(parents=True)
        for i in range(300):
            small = rng.integers(0, 256, (94, 125, 3), dtype=np.uint8)
            Image.fromarray(small).resize((500, 375), Image.BICUBIC).save(folder / "train" / str(c) / f"{i}.jpg", quality=90)

NORMAL = T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def rate(name, data, workers=2, batch=128):
    loader = torch.utils.data.DataLoader(
        data, batch_size=batch, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )
    for _ in loader:
        pass
    begun, n = time.time(), 0
    for x, _ in loader:
        n += len(x)
    print(f"torchvision, {name}: {n / (time.time() - begun):.0f} images/s", flush=True)


if __name__ == "__main__":
    train = T.Compose([T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.ToTensor(), NORMAL])
    rate("photographs, decoded in every epoch, random-resized-crop", datasets.ImageFolder(folder / "train", train))

    class Small(torch.utils.data.Dataset):
        data = rng.integers(0, 256, (10_000, 32, 32, 3), dtype=np.uint8)
        transform = T.Compose([T.RandomCrop(32, 4), T.RandomHorizontalFlip(), T.ToTensor(), NORMAL])

        def __len__(self):
            return len(self.data)

        def __getitem__(self, i):
            return self.transform(Image.fromarray(self.data[i])), 0

    rate("32 px in memory, crop and flip, two workers", Small())
    rate("32 px in memory, crop and flip, in the training thread as the reference", Small(), workers=0)
