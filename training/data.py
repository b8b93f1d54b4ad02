"""Batches for the UNet from an encoded pool: latents, grounding tokens, captions, and the owner of every latent pixel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from model import SLOTS
from scenes import MAX_OBJECTS, Mention, caption, phrase

VALIDATION = 256


@dataclass
class Batch:
    latents: torch.Tensor  # [B, C, S, S]
    captions: list[str]
    phrases: list[list[str]]
    boxes: torch.Tensor  # [B, 30, 4]
    masks: torch.Tensor  # [B, 30]
    owner: torch.Tensor  # [B, 9, S, S]
    keep: torch.Tensor  # [B]: 1 where the layout is given
    mentions: list[list[Mention]]  # of the captions


class Pool:
    def __init__(self, folder: Path):
        self.folder = folder
        for name in ('latents', 'owner', 'objects', 'boxes', 'ground'):
            setattr(self, name, np.load(folder / f'{name}.npy', mmap_mode='r'))
        self.counts = (np.asarray(self.objects)[..., 0] >= 0).sum(1)
        self.refresh()

    def refresh(self) -> None:
        """Takes in what has been encoded meanwhile. The first rows are kept for validation."""
        self.done = json.loads((self.folder / 'encoded.json').read_text())['done']
        every = np.arange(VALIDATION, self.done)
        self.rows, self.single = every, every[self.counts[every] == 1]

    def pick(self, n: int, rng: np.random.Generator, singles: float) -> np.ndarray:
        rows = rng.choice(self.rows, n)
        mask = rng.random(n) < singles
        rows[mask] = rng.choice(self.single, mask.sum())
        return rows

    def batch(self, rows: np.ndarray, rng: np.random.Generator, no_caption: float = 0.0, no_layout: float = 0.0) -> Batch:
        n = len(rows)
        boxes, masks = np.zeros((n, SLOTS, 4), np.float32), np.zeros((n, SLOTS), np.float32)
        keep, captions, phrases, mentions = np.ones(n, np.float32), [], [], []
        for i, row in enumerate(rows):
            count = int(self.counts[row])
            objects = [(int(c), int(k)) for c, k in self.objects[row][:count]]
            order = rng.permutation(count)
            text, said = caption([objects[j] for j in order], int(self.ground[row][0]), int(self.ground[row][1]), rng)
            drop = rng.random()
            if drop < no_layout:
                keep[i] = 0
                phrases.append([])
                empty = drop < 0.4 * no_layout
            else:
                boxes[i, :count], masks[i, :count] = self.boxes[row][:count], 1
                phrases.append([phrase(*o) for o in objects])
                empty = rng.random() < no_caption
            captions.append('' if empty else text)
            mentions.append([] if empty else [(word, tuple(int(order[j]) for j in who)) for word, who in said])
        owner = torch.from_numpy(np.stack([self.owner[r] for r in rows])).long()
        owner[owner == 255] = MAX_OBJECTS
        share = F.one_hot(owner, MAX_OBJECTS + 1).permute(0, 3, 1, 2).float()
        latents = torch.from_numpy(np.stack([self.latents[r] for r in rows])).float()
        share = F.avg_pool2d(share, share.shape[-1] // latents.shape[-1])
        return Batch(latents, captions, phrases, torch.from_numpy(boxes), torch.from_numpy(masks), share, torch.from_numpy(keep),
                     mentions)
