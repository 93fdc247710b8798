#!/usr/bin/env python3
"""Miniatures of data sets in their true forms on disk, and what is wrong with hostile ones.

    pip install numpy scipy pillow pyarrow && make_miniatures.py FOLDER

Every set has a handful of images whose colour says which they are: image i of class c has the colour
(40 + 20 * c, 10 * i % 200, 77); every image is of one colour.
"""
import io
import pathlib
import pickle
import sys
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.io
from PIL import Image

out = pathlib.Path(sys.argv[1])
out.mkdir(exist_ok=True)


def colour(c, i):
    return (40 + 20 * c, 10 * i % 200, 77)


def picture(c, i, size=(32, 32)):
    """[h, w, 3] of one colour."""
    return np.broadcast_to(np.array(colour(c, i), np.uint8), (size[1], size[0], 3)).copy()


def jpeg(c, i, size=(40, 32), kind="JPEG"):
    f = io.BytesIO()
    Image.fromarray(picture(c, i, size)).save(f, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {}))
    return f.getvalue()


def write(path, data):
    path = out / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


# ---- CIFAR: both forms, both sets ----
def cifar_rows(labels):
    return np.stack([picture(c, i).transpose(2, 0, 1).reshape(-1) for i, c in enumerate(labels)])


TRAIN, TEST = [3, 0, 7, 3], [1, 9]
for part, name in enumerate(["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]):
    labels = TEST if name == "test_batch" else TRAIN[part % 4 : part % 4 + 1]
    rows = cifar_rows(labels)
    write(f"cifar10_bin/{name}.bin", b"".join(bytes([c]) + r.tobytes() for c, r in zip(labels, rows)))
    # Protocol 2 with byte strings, as Python 2 wrote the archive.
    batch = {b"batch_label": b"x", b"labels": labels, b"data": rows, b"filenames": [b"a"] * len(labels)}
    write(f"cifar10_py/cifar-10-batches-py/{name}", pickle.dumps(batch, protocol=2))
for name, labels in {"train": [42, 99, 0], "test": [7]}.items():
    rows = cifar_rows([c % 8 for c in labels])
    write(f"cifar100_bin/{name}.bin", b"".join(bytes([1, c]) + r.tobytes() for c, r in zip(labels, rows)))
    write(f"cifar100_py/{name}", pickle.dumps({"fine_labels": labels, "coarse_labels": [1] * len(labels), "data": rows}, protocol=4))

# ---- SVHN ----
for name, labels in {"train": [1, 10, 3], "test": [10]}.items():
    x = np.stack([picture(c % 10, i) for i, c in enumerate(labels)], axis=3)
    scipy.io.savemat(out / f"{name}_32x32.mat", {"X": x, "y": np.array(labels, np.uint8)[:, None]}, do_compression=True)
(out / "svhn").mkdir(exist_ok=True)
for name in ("train", "test"):
    (out / f"{name}_32x32.mat").rename(out / "svhn" / f"{name}_32x32.mat")

# ---- npz: Keras' and MedMNIST's names ----
(out / "npz").mkdir(exist_ok=True)
(out / "npz_medmnist").mkdir(exist_ok=True)
x, y = np.stack([picture(c, i) for i, c in enumerate(TRAIN)]), np.array(TRAIN)
tx, ty = np.stack([picture(c, i) for i, c in enumerate(TEST)]), np.array(TEST)
np.savez_compressed(out / "npz/set.npz", x_train=x, y_train=y, x_test=tx, y_test=ty)
np.savez(out / "npz_medmnist/m.npz", train_images=x[..., 0], train_labels=y[:, None].astype(np.uint8), test_images=tx[..., 0], test_labels=ty[:, None].astype(np.uint8))

# ---- folders: with and without a test part ----
for c, name in enumerate(["ant", "bee", "cat"]):
    for i in range(3):
        write(f"folders/train/{name}/{i}.jpg", jpeg(c, i))
        write(f"folders_flat/{name}/{i}.png", jpeg(c, i, kind="PNG"))
    write(f"folders/val/{name}/0.jpg", jpeg(c, 0))
write("folders/train/ant/notes.txt", "no image")

# ---- Tiny ImageNet ----
wnids = ["n02", "n01"]
write("tiny/tiny-imagenet-200/wnids.txt", "\n".join(wnids) + "\n")
for c, w in enumerate(sorted(wnids)):
    for i in range(2):
        write(f"tiny/tiny-imagenet-200/train/{w}/images/{w}_{i}.JPEG", jpeg(c, i, (64, 64)))
lines = ""
for i in range(3):
    c = i % 2
    write(f"tiny/tiny-imagenet-200/val/images/val_{i}.JPEG", jpeg(c, i, (64, 64)))
    lines += f"val_{i}.JPEG\t{sorted(wnids)[c]}\t0\t0\t62\t62\n"
write("tiny/tiny-imagenet-200/val/val_annotations.txt", lines)


# ---- ImageNet: folders, archives, Kaggle, WebDataset ----
def tar(entries):
    f = io.BytesIO()
    with tarfile.open(fileobj=f, mode="w") as t:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return f.getvalue()


classes = ["n01440764", "n01443537"]
images = {w: [(f"{w}_{i}.JPEG", jpeg(c, i, (50, 40))) for i in range(2)] for c, w in enumerate(classes)}
for c, w in enumerate(classes):
    for name, data in images[w]:
        write(f"imagenet_folders/train/{w}/{name}", data)
        write(f"imagenet_kaggle/ILSVRC/Data/CLS-LOC/train/{w}/{name}", data)
    for root in ("imagenet_folders", "imagenet_tars", "imagenet_tar"):
        write(f"{root}/val/{w}/v{c}.JPEG", jpeg(c, 5, (50, 40)))
    write(f"imagenet_kaggle/ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_0000000{c}.JPEG", jpeg(1 - c, 5, (50, 40)))
    write(f"imagenet_tars/train/{w}.tar", tar(images[w]))
write("imagenet_kaggle/LOC_val_solution.csv", "ImageId,PredictionString\n" + "".join(f"ILSVRC2012_val_0000000{c},{classes[1 - c]} 1 2 3 4\n" for c in range(2)))
write("imagenet_tar/ILSVRC2012_img_train.tar", tar([(f"{w}.tar", tar(images[w])) for w in classes]))
for part, n in {"train": 3, "val": 2}.items():
    entries = []
    for i in range(n):
        entries += [(f"{part}{i:04}.cls", str(i % 2).encode()), (f"{part}{i:04}.jpg", jpeg(i % 2, i, (50, 40)))]
    write(f"imagenet_shards/imagenet-{part}-000000.tar", tar(entries))

# ---- CelebA: folder and zip ----
names = [f"{i + 1:06}.jpg" for i in range(5)]
faces = {n: jpeg(i % 2, i, (178, 218)) for i, n in enumerate(names)}
attributes = "5\nBald Smiling\n" + "".join(f"{n} {1 if i == 2 else -1:2d} {1 if i % 2 else -1:2d}\n" for i, n in enumerate(names))
for root in ("celeba", "celeba_zip"):
    write(f"{root}/list_attr_celeba.txt", attributes)
    write(f"{root}/list_eval_partition.txt", "".join(f"{n} {[0, 0, 1, 2, 2][i]}\n" for i, n in enumerate(names)))
    write(f"{root}/identity_CelebA.txt", "".join(f"{n} {[17, 17, 4, 4, 9][i]}\n" for i, n in enumerate(names)))
for n, data in faces.items():
    write(f"celeba/img_align_celeba/{n}", data)
with zipfile.ZipFile(out / "celeba_zip/img_align_celeba.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for n, data in faces.items():
        z.writestr(f"img_align_celeba/{n}", data)

# ---- Parquet, as the Hugging Face hub writes it ----
for part, labels in {"train": TRAIN, "test": TEST}.items():
    table = pa.table({
        "img": [{"bytes": jpeg(c, i, (32, 32), "PNG"), "path": None} for i, c in enumerate(labels)],
        "label": pa.array(labels, pa.int64()),
    })
    (out / "parquet/data").mkdir(parents=True, exist_ok=True)
    pq.write_table(table, out / f"parquet/data/{part}-00000-of-00001.parquet", row_group_size=3)

# ---- The same with a test part whose labels nobody has ----
for part, labels in {"train": [3, 0, 7], "validation": [1, 9], "test": [-1, -1, -1]}.items():
    table = pa.table({
        "image": [{"bytes": jpeg(max(c, 0), i, (32, 32), "PNG"), "path": None} for i, c in enumerate(labels)],
        "label": pa.array(labels, pa.int64()),
    })
    (out / "parquet_unlabelled/data").mkdir(parents=True, exist_ok=True)
    pq.write_table(table, out / f"parquet_unlabelled/data/{part}-00000-of-00001.parquet")

# ---- UnlearnCanvas ----
for s, style in enumerate(["Cubism", "Monet"]):
    for o, thing in enumerate(["Bears", "Cats"]):
        for i in range(2):
            write(f"canvas/{style}/{thing}/{i + 1}.jpg", jpeg(2 * s + o, i, (48, 48)))

# ---- What is wrong ----
good = jpeg(0, 0)
write("bad/cut/train/a/0.jpg", good[: len(good) // 2])
write("bad/cut/train/a/1.jpg", good)
write("bad/cut/train/b/0.jpg", good)
write("bad/cut/test/a/0.jpg", good)
write("bad/text/a/0.jpg", "this is a page that says that the file was moved")
write("bad/text/b/0.jpg", good)
# A PNG that claims 60 000 x 60 000 pixels.
png = bytearray(jpeg(0, 0, kind="PNG"))
png[16:24] = (60000).to_bytes(4, "big") * 2
import zlib
png[29:33] = zlib.crc32(bytes(png[12:29])).to_bytes(4, "big")
write("bad/huge/a/0.png", bytes(png))
write("bad/huge/b/0.png", jpeg(0, 0, kind="PNG"))
write("bad/traversal/list_attr_celeba.txt", "1\nSmiling\n../../../../etc/hostname 1\n")
write("bad/traversal/list_eval_partition.txt", "../../../../etc/hostname 0\n")
write("bad/traversal/img_align_celeba/notes.txt", "the list names a file outside this folder")


class Evil:
    def __reduce__(self):
        return __import__("os").system, ("touch /tmp/mu-was-here",)


for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]:
    write(f"bad/evil/{name}", pickle.dumps({b"labels": [1], b"data": Evil()}, protocol=2))
