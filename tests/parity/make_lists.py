#!/usr/bin/env python3
"""Lists of samples as people store them, folders in the order of torchvision's ImageFolder, and pixels as Pillow converts them.

    pip install numpy torch torchvision pillow && make_lists.py tests/miniatures

lists/read: each file lists the samples 3, 1 and 100 of 120; lists/ranges: range(3, 123, 3). lists/groups: each gives five samples the groups 7, 7, 8, 7, 9.
lists/refused: each is no list of samples, or more than one. walk: a tree of images; walk.json: its samples as ImageFolder has them.
pixels: small images of one colour in odd forms; pixels.json: that colour as convert("RGB") and convert("L") give it.
"""
import json
import pathlib
import pickle
import shutil
import sys

import numpy as np
import torch
from PIL import Image
from torchvision.datasets import ImageFolder

out = pathlib.Path(sys.argv[1])
for name in ("lists", "walk", "pixels"):
    shutil.rmtree(out / name, ignore_errors=True)
read, ranges, groups, refused = (out / "lists" / n for n in ("read", "ranges", "groups", "refused"))
for folder in (read, ranges, groups, refused):
    folder.mkdir(parents=True)

a = np.array([3, 1, 100])
mask = np.zeros(120, bool)
mask[a] = True


def text(folder, name, content, **how):
    (folder / name).write_text(content, **how)


def dump(folder, name, value, protocol=None):
    (folder / name).write_bytes(pickle.dumps(value, protocol))


for kind in "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 >i8 >u2".split():
    np.save(read / f"{kind.replace('>', 'big_')}.npy", a.astype(kind))
np.save(read / "column.npy", a[:, None])
np.save(read / "row.npy", a[None])
np.save(read / "mask.npy", mask)
np.savez(read / "one.npz", a)
np.savez_compressed(read / "named.npz", forget=mask)
torch.save(torch.tensor(a), read / "tensor.pt")
torch.save(torch.tensor(a, dtype=torch.int32), read / "tensor32.pth")
for kind in "uint16 uint32 uint64".split():
    torch.save(torch.tensor(a, dtype=getattr(torch, kind)), read / f"{kind}.pt")
torch.save(torch.tensor(np.arange(6)).reshape(2, 3), refused / "tensor_2d.pt")
torch.save(torch.tensor(mask), read / "mask.pt")
torch.save(torch.nonzero(torch.tensor(mask)), read / "nonzero.pt")
torch.save(torch.tensor([[3, 7], [1, 7], [100, 7]])[:, 0], read / "view.pt")
torch.save(a.tolist(), read / "list.pth")
torch.save(a, read / "numpy.pth")
torch.save({"forget": torch.tensor(a), "seed": 3, "note": "x"}, read / "dict.pt")
torch.save(torch.tensor(a), read / "old.pt", _use_new_zipfile_serialization=False)
for protocol in range(6):
    dump(read, f"list{protocol}.pkl", a.tolist(), protocol)
    dump(ranges, f"range{protocol}.pkl", range(3, 123, 3), protocol)
    dump(read, f"set{protocol}.pkl", {3, 1, 100}, protocol)
# Bytes in protocol 0 are refused.
for protocol in range(1, 6):
    dump(read, f"array{protocol}.pkl", a, protocol)
    dump(read, f"tensor{protocol}.pkl", torch.tensor(a), protocol)
    dump(read, f"scalars{protocol}.pkl", list(a), protocol)
    dump(read, f"small{protocol}.pickle", a.astype(np.uint16), protocol)
    dump(read, f"mask{protocol}.pkl", mask, protocol)
dump(read, "flags.pkl", mask.tolist())
dump(read, "dict.pkl", {"forget_index": a, "seed": 1})
np.savetxt(read / "savetxt.txt", a)
np.savetxt(read / "header.txt", a, header="forget set", fmt="%d")
text(read, "lines.txt", "3\n1\n100\n")
text(read, "windows.txt", "3\r\n1\r\n\r\n100")
text(read, "one_line.txt", "3 1 100\n")
text(read, "commas.txt", "3, 1, 100\n")
text(read, "no_ending", "3\n1\n100\n")
text(read, "lines.idx", "3\n1\n100\n")
text(read, "comments.txt", "# forget set\n3\n1 # the second\n// more\n100\n")
text(read, "brackets.txt", str(a.tolist()))
text(read, "numpy.txt", str(a))
text(read, "wrapped.txt", "[  3\n   1 100]\n")
text(read, "tuple.txt", "(3, 1, 100)\n")
text(read, "set.txt", "{3, 1, 100}\n")
text(read, "bom.txt", "3\n1\n100\n", encoding="utf-8-sig")
text(read, "utf16.txt", "3\n1\n100\n", encoding="utf-16")
text(read, "row.csv", "3,1,100\n")
text(read, "column.csv", "3\n1\n100\n")
text(read, "trailing.csv", "3,\n1,\n100,\n")
text(read, "anything.csv", "whatever\n3\n1\n100\n")
text(read, "index.csv", "name,index\nx,3\ny,1\nz,100\n")
text(read, "index_first.csv", "Index;label\n3;5\n1;6\n100;7\n")
text(read, "tabs.tsv", "label\tsample idx\n5\t3\n6\t1\n7\t100\n")
text(read, "quoted.csv", '"index","file"\n"3","a, b.png"\n"1","c.png"\n"100","d.png"\n')
text(read, "pandas.csv", ",index,label\n0,3,5\n1,1,6\n2,100,7\n")
text(read, "list.json", json.dumps(a.tolist()))
text(read, "reals.json", "[3.0, 1.0, 1e2]")
text(read, "object.json", json.dumps({"forget": a.tolist(), "seed": 1}))
text(read, "mask.json", json.dumps(mask.tolist()))
text(read, "nested.json", json.dumps([a.tolist()]))

np.save(groups / "groups.npy", np.array([7, 7, 8, 7, 9]))
text(groups, "lines.txt", "7\n7\n8\n7\n9\n")
text(groups, "one.csv", "identity\n7\n7\n8\n7\n9\n")
text(groups, "named.csv", "index,group\n0,7\n1,7\n2,8\n3,7\n4,9\n")
text(groups, "pandas.csv", ",file,group\n0,a,7\n1,b,7\n2,c,8\n3,d,7\n4,e,9\n")

five = np.random.default_rng(0).permutation(100)[:20].reshape(5, 4)
np.save(refused / "five.npy", five)
np.save(refused / "halves.npy", a + 0.5)
np.save(refused / "complex.npy", a.astype(complex))
np.save(refused / "words.npy", np.array(["a", "b"]))
np.save(refused / "objects.npy", np.array([[1], [2, 3]], dtype=object), allow_pickle=True)
np.save(refused / "mask_of_100.npy", mask[:100])
np.save(refused / "flags.npy", mask.astype(np.uint8))
np.savez(refused / "two.npz", forget=a, retain=a + 1)
np.savez(refused / "five.npz", five)
torch.save({"forget": torch.tensor(a), "retain": torch.tensor(a)}, refused / "two.pt")
torch.save(torch.tensor(a) + 0.5, refused / "halves.pt")
torch.save(torch.nn.Linear(2, 2).state_dict(), refused / "weights.pth")
dump(refused, "lists.pkl", five.tolist())
dump(refused, "five.pkl", five)
dump(refused, "nothing.pkl", None)
dump(refused, "huge_range.pkl", range(10**12))
np.savetxt(refused / "five.txt", five)
text(refused, "wrapped.txt", "3 1\n100\n")
text(refused, "typo.txt", "3\n1o\n100\n")
text(refused, "typo_first.txt", "1o\n3\n100\n")
text(refused, "halves.txt", "3.5\n1\n")
text(refused, "empty.txt", "")
text(refused, "comments.txt", "# nothing\n")
text(refused, "words.txt", "forget these\n")
text(refused, "twice.txt", "3\n1\n3\n")
text(refused, "two.csv", "a,b\n3,1\n1,2\n")
text(refused, "flag.csv", "index,forget\n0,1\n1,0\n2,1\n")
text(refused, "rows.csv", "3,1,100\n4,2,101\n")
text(refused, "ragged.csv", "index,label\n3,1\n4\n")
text(refused, "gap.csv", "index,label\n3,1\n,2\n")
text(refused, "two.json", json.dumps({"forget": a.tolist(), "retain": a.tolist()}))
text(refused, "five.json", json.dumps(five.tolist()))
text(refused, "ragged.json", json.dumps([[1], [2, 3]]))
text(refused, "none.json", json.dumps({"seed": 1}))
text(refused, "words.json", json.dumps(["3"]))
text(refused, "cut.json", "[3, 1")
text(refused, "binary.dat", "\x00\x01\x02")

walk = out / "walk"
number = 0
for path in (
    "b/z.png", "b/a/2.PNG", "b/a/10.png", "b/a-b/1.png", "b/a/c/1.png", "b/a.png", "b/é.png", "a/2.JPG", "a/10.jpeg", "a/1.tif", "a/1.tiff",
    "a/x.bmp", "a/x.ppm", "a/x.pgm", "a/x.webp", "a/Z.png", "B/1.png",
):
    (walk / path).parent.mkdir(parents=True, exist_ok=True)
    grey = path.endswith("pgm")
    Image.new("L" if grey else "RGB", (4, 4), 20 if grey else (number, 40, 77)).save(walk / path)
    number += 1
samples = [(str(pathlib.Path(p).relative_to(walk)), label) for p, label in ImageFolder(walk).samples]
text(out, "walk.json", json.dumps(samples, ensure_ascii=False, indent=0) + "\n")

pixels = out / "pixels"
pixels.mkdir()
colour = (200, 30, 90)
rgb, rgba = Image.new("RGB", (4, 4), colour), Image.new("RGBA", (4, 4), (*colour, 128))
rgb.save(pixels / "colour.png")
rgb.save(pixels / "colour.tif")
rgb.save(pixels / "lzw.tif", compression="tiff_lzw")
rgb.save(pixels / "colour.bmp")
rgb.save(pixels / "colour.ppm")
rgb.save(pixels / "colour.webp", lossless=True)
rgb.save(pixels / "colour.jpg", quality=95, subsampling=0)
rgba.save(pixels / "alpha.png")
rgb.quantize(4).save(pixels / "palette.png")
rgb.convert("L").save(pixels / "grey.png")
rgb.convert("L").save(pixels / "grey.jpg", quality=95)
rgb.convert("L").save(pixels / "grey.tif")
rgba.convert("LA").save(pixels / "grey_alpha.png")
Image.new("1", (4, 4), 1).save(pixels / "bit.png")
for name, c in (("red", (255, 0, 0)), ("green", (0, 255, 0)), ("blue", (0, 0, 255))):
    Image.new("RGB", (4, 4), c).save(pixels / f"{name}.png")
known = {}
for path in sorted(pixels.iterdir()):
    image = Image.open(path)
    known[path.name] = [image.convert("RGB").getpixel((2, 2)), image.convert("L").getpixel((2, 2))]
text(out, "pixels.json", json.dumps(known, indent=0) + "\n")
