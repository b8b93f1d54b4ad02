"""What the trainings of the evaluator's three networks (evaluator.py, classifier.py, prompted.py) have in common."""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn


def training_flags(parser: argparse.ArgumentParser, minutes: float, batch: int, rate: float) -> None:
    parser.add_argument('--minutes', type=float, default=minutes)
    parser.add_argument('--batch', type=int, default=batch)
    parser.add_argument('--rate', type=float, default=rate)
    parser.add_argument('--decoded', type=Path, help='scenes of the (first) pool as the VAE gives them back')
    parser.add_argument('--threads', type=int, default=1)


def export_flags(parser: argparse.ArgumentParser, trained: bool = True) -> None:
    """@param trained: accuracy is measured on the pool of the training, too."""
    parser.add_argument('pool', type=Path, help='of held-out artists')
    parser.add_argument('work', type=Path)
    parser.add_argument('out', type=Path)
    if trained:
        parser.add_argument('--pool', dest='pool_trained', type=Path, required=True)


class Average:
    """Exponential moving average of everything a model keeps."""

    def __init__(self, model: nn.Module):
        self.kept = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def follow(self, model: nn.Module, step: int) -> None:
        keep = min(0.998, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                self.kept[name].lerp_(value, 1 - keep)
            else:
                self.kept[name].copy_(value)


class Lesson:
    """A training's time, learning rate and log."""

    def __init__(self, minutes: float, batch: int):
        self.seconds, self.batch = minutes * 60, batch
        self.start, self.step = time.time(), 0
        self.seen: dict[str, list[float]] = {}

    def pace(self, optimizer: torch.optim.Optimizer, rate: float) -> bool:
        """Sets every group's rate (times its `share`): 100 steps up, then down along a cosine of the time to 1 %. False: time is up."""
        done = (time.time() - self.start) / self.seconds
        for group in optimizer.param_groups:
            group['lr'] = group.get('share', 1.0) * rate * min(1, (self.step + 1) / 100) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        return done < 1

    def note(self, **figures: float) -> None:
        for name, value in figures.items():
            self.seen.setdefault(name, []).append(value)

    def stepped(self) -> None:
        """Counts a step; prints the means of what was noted every 100."""
        self.step += 1
        if self.step % 100 == 0:
            spent = time.time() - self.start
            means = {name: round(float(np.mean(values)), 4) for name, values in self.seen.items()}
            print(json.dumps({'step': self.step, 'minutes': round(spent / 60, 1), 'samples_s': round(self.step * self.batch / spent, 1), **means}), flush=True)
            self.seen = {}


def judged(known: dict[str, float], held: dict[str, float], names: tuple[str, ...]) -> dict[str, float]:
    """Accuracies on the artists of the training, and on held-out ones, as evaluator.json has them."""
    return {**{name: round(known[name], 4) for name in names}, **{f'{name}HeldOutArtists': round(held[name], 4) for name in names}}
