"""Scenes drawn on the accelerator: layouts are made beforehand by CPU processes, sprites lie in an atlas, grid_sample draws.

The layout of a scene: background, and for each object its class, colour, rough box, turn, flip. A draw picks the sprite.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from multiprocessing import Pool as Processes
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import scenes
from make_splits import splits_for
from scenes import BACKGROUNDS, COLOURS, MAX_OBJECTS, TARGETS, load_sprites, place

CELL = 160  # of the atlas: a drawing of up to 128 in the middle, so that a turned one still fits


def large_classes(manifest: list[dict], least: int = 6) -> list[str]:
    """The 32 classes, then every other class of at least so many artists that is not drawn as a head only."""
    artists: dict[str, set[str]] = {}
    for entry in manifest:
        if entry.get('view') != 'head':
            artists.setdefault(entry['class'], set()).add(scenes.artist_of(entry))
    more = sorted(name for name, who in artists.items() if len(who) >= least and name not in scenes.CLASSES)
    return scenes.CLASSES + more


def _layouts(job: tuple[int, int, list[tuple[int, int]], int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count, classes, banned, seed = job
    rng = np.random.default_rng(seed)
    objects = np.full((count, MAX_OBJECTS, 2), -2, np.int16)
    boxes = np.zeros((count, MAX_OBJECTS, 4), np.float32)
    ground = np.zeros((count, 2), np.int8)
    bad = set(banned)
    for i in range(count):
        n = int(rng.choice(np.arange(1, 9), p=[0.2, 0.22, 0.2, 0.15, 0.1, 0.07, 0.03, 0.03]))
        mode, base = rng.random(), int(rng.integers(classes))
        coloured, shared = rng.random() < 0.75, int(rng.integers(len(COLOURS)))
        for j, box in enumerate(place(n, rng)):
            c = base if mode < 0.2 or (mode < 0.4 and rng.random() < 0.5) else int(rng.integers(classes))
            k = (shared if mode < 0.08 else int(rng.integers(len(COLOURS)))) if coloured and rng.random() < 0.85 else -1
            while (c, k) in bad:
                k = int(rng.integers(len(COLOURS)))
            objects[i, j], boxes[i, j] = (c, k), box
        ground[i] = (rng.choice(5, p=[0.5, 0.2, 0.1, 0.1, 0.1]), 0 if rng.random() < 0.25 else rng.integers(len(BACKGROUNDS)))
    return objects, boxes, ground


def make_layouts(count: int, banned: list[tuple[int, int]], workers: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    part = -(-count // workers)
    jobs = [(part, len(scenes.CLASSES), banned, seed * 1000 + i) for i in range(workers)]
    if workers == 1:
        return _layouts(jobs[0])
    with Processes(workers) as processes:
        done = processes.map(_layouts, jobs)
    return tuple(np.concatenate([d[i] for d in done]) for i in range(3))  # type: ignore[return-value]


@dataclass
class Drawn:
    image: torch.Tensor  # [B, 3, S, S] in -1..1
    owner: torch.Tensor  # [B, 9, S / 8, S / 8]: share of each object, last one the background
    boxes: torch.Tensor  # [B, 8, 4] xyxy in 0..1 of the unoccluded drawing
    present: torch.Tensor  # [B, 8]


class Atlas:
    def __init__(self, art: Path, device: torch.device, held_out: bool = False):
        splits = splits_for(scenes.CLASSES, json.loads((art / 'manifest.json').read_text()))
        self.banned = [(scenes.CLASSES.index(c), COLOURS.index(k)) for c, k in splits['held_out_pairs']]
        cells, medians, aspects, sizes, self.of = [], [], [], [], []
        for name, groups in load_sprites(art, splits, held_out).items():
            mine = []
            for group in groups:  # every artist is as likely as the others
                ids = []
                for sprite in group:
                    h, w = sprite.rgba.shape[:2]
                    cell = np.zeros((CELL, CELL, 4), np.uint8)
                    y, x = (CELL - h) // 2, (CELL - w) // 2
                    cell[y:y + h, x:x + w] = sprite.rgba
                    ids.append(len(cells))
                    cells.append(cell)
                    medians.append(min(max(sprite.median / 255, 0.25), 0.85))
                    aspects.append(w / h)
                    sizes.append((w, h))
                mine.append(ids)
            self.of.append(mine)
        self.device = device
        self.cells = torch.from_numpy(np.stack(cells)).permute(0, 3, 1, 2).contiguous().to(device)  # uint8: some 200 MB
        self.medians = torch.tensor(medians, device=device)
        self.sizes = torch.tensor(sizes, dtype=torch.float32, device=device)
        self.targets = torch.tensor([TARGETS[c] for c in COLOURS], dtype=torch.float32, device=device) / 255
        self.grounds = torch.tensor(list(BACKGROUNDS.values()), dtype=torch.float32, device=device) / 255

    def pick(self, objects: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        out = np.zeros(objects.shape[:2], np.int64)
        for i, j in zip(*np.nonzero(objects[..., 0] >= 0)):
            groups = self.of[objects[i, j, 0]]
            group = groups[rng.integers(len(groups))]
            out[i, j] = group[rng.integers(len(group))]
        return out

    def _tint(self, rgb: torch.Tensor, colour: torch.Tensor, median: torch.Tensor) -> torch.Tensor:
        """scenes.recolour on a batch: rgb [B, 3, h, w] in 0..1, colour [B] (-1: as it is), median [B]."""
        level = (rgb * torch.tensor([0.299, 0.587, 0.114], device=rgb.device).view(1, 3, 1, 1)).sum(1, keepdim=True)
        middle = median.view(-1, 1, 1, 1)
        low, high = (level / middle).clamp(0, 1), ((level - middle) / (1 - middle)).clamp(0, 1)
        k = colour.clamp(min=0)
        target = (self.targets[k] + (torch.rand(len(k), 3, device=rgb.device) - 0.5) * 0.11).clamp(0, 1).view(-1, 3, 1, 1)
        black, white = (k == COLOURS.index('black')).view(-1, 1, 1, 1), (k == COLOURS.index('white')).view(-1, 1, 1, 1)
        floor = torch.where(black, 0.2, torch.where(white, 0.5, 0.3))
        lift = torch.where(black, 0.32, torch.where(white, 0.9, 0.5))
        tinted = (target * (floor + (1 - floor) * low) + (1 - target) * high * lift).clamp(0, 1)
        return torch.where((colour < 0).view(-1, 1, 1, 1), rgb, tinted)

    def _backgrounds(self, ground: torch.Tensor, size: int) -> torch.Tensor:
        b, dev = len(ground), self.device
        base = (self.grounds[ground[:, 1]] + (torch.rand(b, 3, device=dev) - 0.5) * 0.06).clamp(0, 1)
        darker = (torch.rand(b, 1, device=dev) < 0.5) | (ground[:, 1:] == 0)
        other = torch.where(darker, base * (0.78 + 0.1 * torch.rand(b, 1, device=dev)), base + (1 - base) * 0.55)
        line = (torch.arange(size, device=dev) + 0.5) / size
        angle = torch.randint(0, 4, (b,), device=dev) * (torch.pi / 4)
        cos, sin = angle.cos().view(-1, 1, 1), angle.sin().view(-1, 1, 1)
        along = line.view(1, 1, -1) * cos + line.view(1, -1, 1) * sin
        across = line.view(1, -1, 1) * cos - line.view(1, 1, -1) * sin
        n = torch.randint(5, 9, (b, 1, 1), device=dev).float()
        least, most = along.amin((1, 2), keepdim=True), along.amax((1, 2), keepdim=True)
        u, v = (along * n) % 1 - 0.5, (across * n) % 1 - 0.5
        kinds = torch.stack([
            torch.zeros_like(along), (along - least) / (most - least), (along * n * 2).floor() % 2,
            (u * u + v * v < 0.07).float(), ((along * n).floor() + (across * n).floor()) % 2,
        ], 1)
        amount = kinds[torch.arange(b, device=dev), ground[:, 0]][:, None]
        return base[..., None, None] + (other - base)[..., None, None] * amount

    @torch.no_grad()
    def draw(self, objects: np.ndarray, rough: np.ndarray, ground: np.ndarray, size: int, rng: np.random.Generator) -> Drawn:
        """objects [B, 8, 2], rough boxes [B, 8, 4], ground [B, 2] -> pictures, owners and tight boxes."""
        dev, b = self.device, len(objects)
        ids = torch.from_numpy(self.pick(objects, rng)).to(dev)
        kinds = torch.from_numpy(objects.astype(np.int64)).to(dev)
        want = torch.from_numpy(rough).to(dev)
        image = self._backgrounds(torch.from_numpy(ground.astype(np.int64)).to(dev), size)
        owner = torch.full((b, size, size), MAX_OBJECTS, dtype=torch.long, device=dev)
        boxes, present = torch.zeros(b, MAX_OBJECTS, 4, device=dev), torch.zeros(b, MAX_OBJECTS, device=dev)
        line = (torch.arange(size, device=dev) + 0.5) / size
        gy, gx = torch.meshgrid(line, line, indexing='ij')
        for j in range(MAX_OBJECTS):
            there = kinds[:, j, 0] >= 0
            if not bool(there.any()):
                break
            sprite = self.cells[ids[:, j]].float() / 255
            w0, h0 = self.sizes[ids[:, j]].unbind(1)
            bw, bh = want[:, j, 2] - want[:, j, 0], want[:, j, 3] - want[:, j, 1]
            bend = ((bw / bh.clamp(min=1e-3)) / (w0 / h0)).clamp(1 / 1.3, 1.3)
            aspect = w0 / h0 * bend
            w = torch.minimum(bw, bh * aspect).clamp(min=1e-3)
            h = w / aspect
            cx, cy = (want[:, j, 0] + want[:, j, 2]) / 2, (want[:, j, 1] + want[:, j, 3]) / 2
            turn = torch.where(torch.rand(b, device=dev) < 0.5, torch.randn(b, device=dev) * 0.14, torch.zeros(b, device=dev))
            flip = torch.where(torch.rand(b, device=dev) < 0.5, -1.0, 1.0)
            dx, dy = gx[None] - cx.view(-1, 1, 1), gy[None] - cy.view(-1, 1, 1)
            cos, sin = turn.cos().view(-1, 1, 1), turn.sin().view(-1, 1, 1)
            u = (cos * dx + sin * dy) / w.view(-1, 1, 1) * flip.view(-1, 1, 1) * (w0 / CELL * 2).view(-1, 1, 1)
            v = (-sin * dx + cos * dy) / h.view(-1, 1, 1) * (h0 / CELL * 2).view(-1, 1, 1)
            alpha = sprite[:, 3:]
            rgb = self._tint(sprite[:, :3], kinds[:, j, 1], self.medians[ids[:, j]])
            # averaging before a strong reduction, as grid_sample takes only the four nearest pixels
            layer = torch.cat([rgb * alpha, alpha], 1)
            layer = F.grid_sample(layer, torch.stack([u, v], -1), mode='bilinear', align_corners=False)
            small = F.grid_sample(F.avg_pool2d(torch.cat([rgb * alpha, alpha], 1), 2), torch.stack([u, v], -1), mode='bilinear', align_corners=False)
            layer = torch.where(((w0 / (w * size)) > 1.6).view(-1, 1, 1, 1), small, layer) * there.view(-1, 1, 1, 1)
            covers = layer[:, 3] > 0.5
            hidden = torch.zeros(b, dtype=torch.bool, device=dev)  # nothing may be hidden for more than two thirds
            for i in range(j):
                mine = owner == i
                area = mine.sum((1, 2))
                hidden |= (area > 0) & ((mine & covers).sum((1, 2)) > 0.66 * area)
            layer = layer * (~hidden).view(-1, 1, 1, 1)
            covers &= ~hidden.view(-1, 1, 1)
            image = image * (1 - layer[:, 3:]) + layer[:, :3]
            owner = torch.where(covers, j, owner)
            seen = layer[:, 3] > 0.12
            columns, rows = seen.any(1), seen.any(2)
            first = lambda m: m.float().argmax(1)  # noqa: E731
            last = lambda m: size - m.flip(1).float().argmax(1)  # noqa: E731
            boxes[:, j] = torch.stack([first(columns), first(rows), last(columns), last(rows)], 1).float() / size
            present[:, j] = seen.flatten(1).any(1).float()
        share = F.one_hot(owner, MAX_OBJECTS + 1).permute(0, 3, 1, 2).float()
        return Drawn(image.clamp(0, 1) * 2 - 1, F.avg_pool2d(share, 8), boxes * present[..., None], present)
