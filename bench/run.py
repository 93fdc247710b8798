#!/usr/bin/env python3
"""The benchmark: mu beside PyTorch, in one run on one machine. README.md here explains what is measured and how.

    run.py [--short] [--only B1,B4] [--rounds 5] [--threads 2]     # `make bench` and `make bench-short` call it

Writes target/bench/results.json and prints a Markdown table; with --write also bench/RESULTS.md. The short form runs without
PyTorch. Needs `make build`; the long form needs .bench (a virtual environment that `make bench` makes).
"""
import argparse
import json
import os
import pathlib
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "bench"
MU = ROOT / "target" / "release" / "mu"
PYTHON = ROOT / ".bench" / "bin" / "python"
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
DATA = WORK / "noise"
STUDY = """mu 1
dataset noise {{
  source     = cifar10_files("{data}")
  classes    = 10
  channels   = 3
  canvas     = 32 px
  validation = 0%
  normalize  = channels(mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616])
}}
experiment bench {{
  data    = noise
  model   = {model}
  train   = training(epochs: {epochs} epochs, batch: {batch} samples, optimizer: sgd(lr: {lr}), precision: {precision})
  forget  = random(10%)
  unlearn = no_unlearning
  seed    = {seed}
  measure = [ta]
}}
"""
rows = []


def row(id, what, value, beside="", verdict=""):
    rows.append({"id": id, "what": what, "value": value, "beside": beside, "verdict": verdict})
    print(f"{id}  {what}: {value}  {beside}  {verdict}", flush=True)


def middle(values):
    return statistics.median(values)


def spread(values):
    """Median and half the distance of the quartiles, in seconds."""
    if len(values) < 3:
        return f"{middle(values):.3f} s"
    q = statistics.quantiles(values, n=4)
    return f"{middle(values):.3f} ± {(q[2] - q[0]) / 2:.3f} s"


def noise(images, test=100):
    """Random images in CIFAR-10's binary form: never zeros, whose arithmetic can be cheaper."""
    DATA.mkdir(parents=True, exist_ok=True)
    draw = random.Random(0)

    def write(name, n):
        (DATA / name).write_bytes(b"".join(bytes([i % 10]) + draw.randbytes(3072) for i in range(n)))

    for part in range(5):
        write(f"data_batch_{part + 1}.bin", images // 5 + (part < images % 5))
    write("test_batch.bin", test)


def study(name, **how):
    how = {"data": DATA, "model": "resnet18", "epochs": 2, "batch": 128, "lr": 0.01, "precision": "auto", "seed": 0} | how
    path = WORK / f"{name}.mu"
    path.write_text(STUDY.format(**how))
    return path


def mu(path, store, *more, fresh=True):
    """Runs a study; when each epoch of each step ended, the seconds of each step, and its store."""
    store = WORK / store
    if fresh:
        shutil.rmtree(store, ignore_errors=True)
    command = [MU, "run", path, "--store", store, "--format", "json", *map(str, more)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    epochs, seconds = [], {}
    for line in process.stdout:
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "progress" and "loss" in event.get("note", ""):
            loss = re.search(r"loss ([-0-9.]+)", event["note"])
            epochs.append((time.perf_counter(), float(loss[1]) if loss else float("nan")))
        if event.get("event") == "finished":
            seconds.setdefault(event.get("step", "?"), []).append(event["seconds"])
    problem = process.stderr.read()
    if process.wait() != 0:
        sys.exit(f"mu run failed:\n{problem}")
    return epochs, seconds, store


def objects(store, word):
    """The objects of a step's word in a store."""
    for meta in store.glob("objects/*/*/meta.json"):
        record = json.loads(meta.read_text())
        if record["spec"]["step"] == word:
            yield meta.parent, record


class Torch:
    """A PyTorch subject: a process that runs an epoch when asked."""

    def __init__(self, style, model, batch, threads, weights):
        command = [PYTHON, ROOT / "bench" / "pytorch.py", style, model, str(batch), str(threads), DATA, weights]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().strip() == "ready"

    def epoch(self):
        print("epoch", file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def by_hand(batch, epochs, threads):
    """The loop without an interpreter: seconds and loss of each epoch."""
    # As workers of `mu run` have it.
    env = os.environ | {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"} | {"MU_BY_HAND": str(DATA), "MU_BATCH": str(batch), "MU_EPOCHS": str(epochs), "MU_THREADS": str(threads)}
    command = ["cargo", "test", "--release", "-q", "-p", "mu-engine", "resnet18_by_hand", "--", "--ignored", "--nocapture"]
    out = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    return [(float(a), float(b)) for a, b in re.findall(r"by hand: (\S+) (\S+)", out)]


def initial(model, batch):
    """The weights that a training of the model starts from: those after a step that moves nothing."""
    _, _, store = mu(study("initial", model=model, epochs=1, batch=batch, lr=1e-30, precision="float32"), "initial", "-j", 1)
    folder, _ = next(objects(store, "train"))
    weights = WORK / f"{model}.safetensors"
    shutil.copy(folder / "model.safetensors", weights)
    return weights


def steps(args):
    """B1, B10: training steps of networks, and whether two runs give the same bytes."""
    models = [("resnet18", 128, 4)] if args.short else [("resnet18", 128, 4), ("resnet20s", 128, 8), ("vgg16_bn", 128, 4), ("vit_small", 128, 4)]
    for model, batch, count in models:
        noise(batch * count)
        path = study("step", model=model, batch=batch)
        styles = [] if args.short else ["reference", "float32", "bf16", "compile"]
        weights = initial(model, batch) if styles else None
        torch = {style: Torch(style, model, batch, args.threads, weights) for style in styles}
        times, losses, made = {}, {}, set()
        for style, subject in torch.items():
            losses[style] = [subject.epoch()["loss"]]
        for number in range(args.rounds):
            for style, subject in torch.items():
                answer = subject.epoch()
                times.setdefault(style, []).append(answer["seconds"] / count)
                losses[style].append(answer["loss"])
            epochs, _, store = mu(path, "step", "-j", 1, "--threads", args.threads)
            times.setdefault("mu", []).append((epochs[1][0] - epochs[0][0]) / count)
            losses["mu"] = [loss for _, loss in epochs]
            model_bytes = (next(objects(store, "train"))[0] / "model.safetensors").read_bytes()
            made.add(model_bytes)
            if model == "resnet18":
                hand = by_hand(batch, 2, args.threads)
                times.setdefault("by hand", []).append(hand[1][0] / count)
                losses["by hand"] = [loss for _, loss in hand]
        for subject in torch.values():
            subject.end()
        paths = next(objects(store, "train"))[1]["environment"]
        own = times["mu"]
        row("B1", f"{model}, batch {batch}, one training step: mu ({paths['precision']}, {paths['kernels']})", spread(own))
        for name, seconds in times.items():
            if name == "mu":
                continue
            ratio = middle([a / b for a, b in zip(seconds, own)])
            # Losses of the first two epochs: bfloat16 against float32 moves the third digit.
            apart = max(abs(a - b) for a, b in zip(losses[name][:2], losses["mu"][:2]))
            void = "" if apart < (1e-4 if name == "by hand" else 0.02) else f"**void: losses are {apart:.4f} apart**"
            row("B1", f"{model}, the same: {name}", spread(seconds), f"{ratio:.2f} × mu's", void)
        if styles:
            best = [min(a, b) for a, b in zip(times["bf16"], times["compile"])]
            row("B1", f"{model}: mu's step by PyTorch's best (of bf16 and compile)", f"{middle([a / b for a, b in zip(own, best)]):.2f}")
        same = len(made) == 1
        row("B10", f"{model}: {args.rounds} runs with every fast path", "the same bytes" if same else "differ", verdict="" if same else "**not deterministic**")


def memory(args):
    """Peak memory of a ResNet-18 step at batch 256, in processes of their own."""
    noise(256 * 2)
    _, _, store = mu(study("memory", batch=256), "memory", "-j", 1, "--threads", args.threads)
    own = next(objects(store, "train"))[1]["peak"] / 2**20
    row("memory", "peak of training ResNet-18 at batch 256: mu", f"{own:.0f} MiB")
    if not args.short:
        subject = Torch("bf16", "resnet18", 256, args.threads, initial("resnet18", 256))
        subject.epoch()
        peak = subject.epoch()["peak"] / 2**20
        subject.end()
        row("memory", "the same: PyTorch bf16", f"{peak:.0f} MiB", f"{peak / own:.2f} × mu's")


def ours(test, **env):
    """An ignored test of the engine that prints figures."""
    command = ["cargo", "test", "--release", "-q", "-p", "mu-engine", test, "--", "--ignored", "--nocapture"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | env, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if ": " in line and not line.startswith("test ")]


def pipelines(args):
    """B2: batches out of images."""
    theirs = subprocess.run([PYTHON, ROOT / "tests" / "parity" / "bench_data.py", WORK / "photos"], capture_output=True, text=True, check=True)
    rates = {}
    for line in theirs.stdout.splitlines() + ours("pipelines_beside", MU_PHOTOS=str(WORK / "photos")):
        if found := re.search(r"(.*): (\d+) images/s", line):
            rates[found[1]] = float(found[2])
            row("B2", found[1], f"{float(found[2]):.0f} images/s")
    one = next(v for k, v in rates.items() if "as the reference" in k)
    mine = next(v for k, v in rates.items() if k.startswith("mu, 32 px"))
    row("B2", "32 px, crop and flip: mu on one thread by PIL in the training thread", f"{mine / one:.1f} ×")


def attack(args):
    """B5: the SVC attack on 20 000 points."""
    theirs = subprocess.run([PYTHON, ROOT / "tests" / "parity" / "bench_svc.py", WORK / "svc"], capture_output=True, text=True, check=True)
    seconds = {}
    for feature, tol, s in re.findall(r"(\w+): scikit-learn, tol (\S+): (\S+) s", theirs.stdout):
        seconds[feature, tol] = float(s)
    for line in ours("svc_beside", MU_SVC=str(WORK / "svc")):
        if found := re.search(r"(\w+): (\d+) points, fit .* with predictions (\S+) s, (\d+) of (\d+)", line):
            feature, points, s, same, all = found.groups()
            reference = seconds[feature, "0.001"]
            agreement = f"{100 * int(same) / int(all):.3f} % as scikit-learn at tol 1e-6"
            row("B5", f"SVC attack by {feature}, {points} points", f"{float(s):.2f} s", f"scikit-learn {reference:.2f} s: {reference / float(s):.0f} ×", agreement)


def evaluation(args):
    """B4, B6: what Fashion-MNIST with 5 000 images costs, beside the reference's loops (bench/reference.py)."""
    if not FASHION.exists():
        row("B4", "Fashion-MNIST is not installed (Debian: dataset-fashion-mnist)", "left out")
        return
    path = ROOT / "bench" / "fashion.mu"
    own, ratios = {}, {}
    for _ in range(max(1, args.rounds // 2 + 1)):
        _, _, store = mu(path, "fashion", "-j", 1, "--threads", args.threads)
        taken = {word: sum(record["seconds"] for _, record in objects(store, word)) for word in ("train", "select", "infer", "measure")}
        # The accuracies and the five attacks read one object of outputs; a training has two epochs.
        taken |= {"evaluation": taken["infer"] + taken["measure"], "epoch": taken["train"] / 2}
        for word, seconds in taken.items():
            own.setdefault(word, []).append(seconds)
        if not args.short:
            out = subprocess.run([PYTHON, ROOT / "bench" / "reference.py", str(args.threads)], capture_output=True, text=True, check=True)
            theirs = json.loads(out.stdout)
            theirs["epoch"] = theirs["train"] / 2
            for word, seconds in theirs.items():
                ratios.setdefault(word, []).append(seconds / taken[word])
    lines = [
        ("B3", "epoch", "an epoch from end to end, with its loader"),
        ("B6", "train", "a training of two epochs"),
        ("B6", "select", "a selection round"),
        ("B4", "evaluation", "accuracies and the five SVC attacks of a model"),
    ]
    for id, word, what in lines:
        beside = f"the reference's loop {middle(ratios[word]):.2f} × mu's ({', '.join(f'{r:.2f}' for r in ratios[word])})" if ratios else ""
        row(id, f"{what}, ResNet-20s on 5 000 images of Fashion-MNIST", spread(own[word]), beside)


def plans(args):
    """B7: how many steps a table needs, and what a second run costs."""
    path = ROOT / "experiments" / "quickstart.mu"
    store = WORK / "quickstart"
    shutil.rmtree(store, ignore_errors=True)
    out = subprocess.run([MU, "plan", path, "--store", store], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) trainings serve all points; a script per point would run (\d+)", out)
    row("B7", "quick start: trainings by those of a script per point", f"{found[1]} of {found[2]}" if found else "?")
    times = []
    for _ in range(2):
        begun = time.perf_counter()
        subprocess.run([MU, "run", path, "--store", store], capture_output=True, check=True)
        times.append(time.perf_counter() - begun)
    row("B7", "quick start: the second run by the first", f"{100 * times[1] / times[0]:.1f} %", f"{times[0]:.1f} s, {times[1]:.2f} s")


def packing(args):
    """B8: two workers of one thread, or one worker of two."""
    noise(128 * 4)
    path = study("packing", seed="each 0..2", epochs=2)
    times = {}
    for _ in range(max(1, args.rounds // 2)):
        for name, how in [("two workers of one thread", ("-j", 2, "--threads", 1)), ("one worker of two threads", ("-j", 1, "--threads", 2))]:
            begun = time.perf_counter()
            mu(path, "packing", *how)
            times.setdefault(name, []).append(time.perf_counter() - begun)
    for name, seconds in times.items():
        row("B8", f"two trainings of ResNet-18, {name}", spread(seconds))


def starts(args):
    """B9: the front end."""
    command = ["cargo", "test", "--release", "-q", "-p", "mu-tests", "--test", "command", "bench::bench", "--", "--ignored", "--nocapture"]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for what, value, limit in re.findall(r"^(.{58}) +(\S+ m?s)   (.*)$", out, re.M):
        row("B9", what.strip(), value, f"limit or beside: {limit.strip()}" if limit.strip() else "")


def machine(args):
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    flags = next((l for l in open("/proc/cpuinfo") if l.startswith("flags")), "")
    has = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    version = subprocess.run([MU, "--version"], capture_output=True, text=True).stdout.strip()
    return {
        "processor": cpu, "instructions": has, "cores": os.cpu_count(), "threads": args.threads, "rounds": args.rounds,
        "mu": version, "libtorch": "2.11.0", "python": platform.python_version(), "kernel": platform.release(),
        "date": time.strftime("%Y-%m-%d"), "malloc": "mu sets M_MMAP_MAX = 0 and large pages for itself; PyTorch runs as it is installed",
    }


def markdown(about):
    lines = [f"{k}: {', '.join(v) if isinstance(v, list) else v}" for k, v in about.items()]
    table = ["| | what | value | beside | |", "| --- | --- | --- | --- | --- |"]
    table += [f"| {r['id']} | {r['what']} | {r['value']} | {r['beside']} | {r['verdict']} |" for r in rows]
    return "\n".join(f"- {line}" for line in lines) + "\n\n" + "\n".join(table) + "\n"


ALL = {"B1": steps, "memory": memory, "B2": pipelines, "B4": evaluation, "B5": attack, "B7": plans, "B8": packing, "B9": starts}
WITHOUT_PYTORCH = ("B1", "memory", "B4", "B7", "B9")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--short", action="store_true", help="a few minutes, without PyTorch")
    parser.add_argument("--only", help="some of " + ",".join(ALL))
    parser.add_argument("--rounds", type=int, help="interleaved rounds (5; short: 3)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true", help="also bench/RESULTS.md")
    args = parser.parse_args()
    args.rounds = args.rounds or (3 if args.short else 5)
    wanted = args.only.split(",") if args.only else WITHOUT_PYTORCH if args.short else list(ALL)
    WORK.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        ALL[name](args)
    about = machine(args)
    (WORK / "results.json").write_text(json.dumps({"machine": about, "rows": rows}, indent=2))
    text = markdown(about)
    print("\n" + text)
    if args.write:
        (ROOT / "bench" / "RESULTS.md").write_text("# Latest results\n\n" + text)


if __name__ == "__main__":
    main()
