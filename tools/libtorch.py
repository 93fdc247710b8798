#!/usr/bin/env python3
"""Lay out libtorch 2.11.0 for building and running mu-engine, from its PyPI wheels.

    tools/libtorch.py TARGET     # writes TARGET/include, cuda and lib; does nothing when TARGET is complete

Only the CPU libraries are kept: torch-sys then links those alone, and the engine loads a CUDA
backend at run time where there is one. The folder appears under its name only when it is whole.
"""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "libtorch-requirements.txt"
LIBRARIES = {"libc10.so", "libtorch_cpu.so", "libshm.so", "libtorch_global_deps.so"}
CUDA_HEADERS = "nvidia/cu13/include/"
PREFIXES = ("libgomp", "libcudart.so", "libcupti.so")


def wanted(name):
    """Where a file of a wheel goes below TARGET, or None."""
    base = name.rsplit("/", 1)[-1]
    if name.startswith("torch/include/"):
        return name[len("torch/") :]
    if name.startswith(CUDA_HEADERS):
        return "cuda/" + name[len(CUDA_HEADERS) :]
    if base in LIBRARIES or base.startswith(PREFIXES):
        return "lib/" + base
    return None


def download(folder):
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 25, 24, 17)] + ["manylinux2014_x86_64"]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--quiet",
               "--disable-pip-version-check", "--only-binary=:all:", "--python-version", "3.12",
               "--dest", str(folder), "--requirement", str(REQUIREMENTS)]
    for tag in platforms:
        command += ["--platform", tag]
    subprocess.run(command, check=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[1]).resolve()
    pins = REQUIREMENTS.read_text()
    if (target / "PINS").is_file() and (target / "PINS").read_text() == pins:
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        sys.exit("libtorch: the wheels are for x86-64 Linux; elsewhere point LIBTORCH at a libtorch 2.11.0")
    print("libtorch: downloading PyTorch 2.11.0 (about 530 MB, once)", flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".libtorch-") as scratch:
        scratch = pathlib.Path(scratch)
        try:
            download(scratch / "wheels")
        except subprocess.CalledProcessError as error:
            sys.exit(f"libtorch: pip could not download the wheels (exit {error.returncode}); "
                     "point LIBTORCH at an existing libtorch 2.11.0, or set LIBTORCH_USE_PYTORCH=1")
        out = scratch / "out"
        for wheel in sorted((scratch / "wheels").glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    to = wanted(name)
                    if to and not name.endswith("/"):
                        (out / to).parent.mkdir(parents=True, exist_ok=True)
                        with archive.open(name) as source, open(out / to, "wb") as sink:
                            shutil.copyfileobj(source, sink, 1 << 20)
        # torch-sys also asks for -ltorch; PyTorch's own libtorch.so would pull in CUDA, an empty one does not.
        subprocess.run(["cc", "-shared", "-x", "c", "/dev/null", "-o", str(out / "lib/libtorch.so")], check=True)
        (out / "PINS").write_text(pins)
        if target.exists():
            shutil.rmtree(target)
        os.replace(out, target)
    print(f"libtorch: ready in {target}", flush=True)


if __name__ == "__main__":
    main()
