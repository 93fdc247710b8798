"""Weights of the published worst-case selection after each of some rounds, by the functions of the authors' own code.

    python make_worst_case.py CHECKOUT > fixtures/worst_case.json

CHECKOUT is a checkout of github.com/OPTML-Group/Unlearn-WorstCase (MIT). Nothing of it is kept here: `bisection` of
data-wise/utils.py and the two upper levels of data-wise/unlearn/impl.py are read from there and run on losses that are drawn here, on
the processor. Needs PyTorch."""

import ast
import contextlib
import json
import sys
from types import SimpleNamespace

import torch


def functions(path, names, scope):
    """Defines some functions of a file, without what else the file does."""
    tree = ast.parse(open(path).read())
    wanted = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    exec(compile(ast.Module(wanted, []), path, "exec"), scope)
    return [scope[name] for name in names]


def main():
    folder = sys.argv[1] + "/data-wise"
    torch.Tensor.cuda = lambda tensor: tensor
    (bisection,) = functions(folder + "/utils.py", ["bisection"], {"torch": torch})
    scope = {"torch": torch, "utils": SimpleNamespace(bisection=bisection)}
    down, up = functions(folder + "/unlearn/impl.py", ["optimize_select", "reverse_optimize_select"], scope)
    cases = []
    for case, (count, budget, step, reverse) in enumerate(
        [(60, 6, 0.01, False), (60, 6, 1e3, False), (50, 25, 1.0, False), (60, 6, 1e3, True), (40, 4, 50.0, True)]
    ):
        torch.manual_seed(case)
        w = torch.zeros(count)
        w[torch.randperm(count)[:budget]] = 1
        start, losses, weights = w.tolist(), [], []
        args = SimpleNamespace(w_lr=step, gamma=1e-4, num_indexes_to_replace=budget)
        for _ in range(4):
            loss = torch.empty(count).exponential_(2.0)
            losses.append(loss.double().tolist())
            # One batch whose "model" and "criterion" give these losses.
            batches = [(loss, loss, torch.arange(count))]
            # Theirs prints headings.
            with contextlib.redirect_stdout(sys.stderr):
                w, _ = (up if reverse else down)(batches, lambda image: image, lambda out, target: target, args, w)
            w = w.clone()
            weights.append(w.double().tolist())
        cases.append(
            dict(budget=budget, step=step, gamma=1e-4, reverse=reverse, start=start, losses=losses, weights=weights)
        )
    json.dump(cases, sys.stdout)
    print()


main()
