"""The evaluator's third part: which pixels does the object of this box show, if the box has an object of its own at all?

Where boxes overlap, a network over whole images finds one object for two; told where to look, it tells them apart. It sees a
square around the box, 64 x 64 pixels: RGB, the box, and the other boxes; never what was asked for. It is trained on composed scenes
only, a quarter of its boxes having no object of their own: boxes of another scene, a part of an object, two objects in one.

  python prompted.py train POOL ... --work WORK --minutes 25 [--decoded DECODED.npy]
  python prompted.py test POOL WORK
  python prompted.py export POOL_HELD_OUT WORK ../assets/models/evaluator --pool POOL
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from evaluator import augment
from judges import Average, Lesson, export_flags, judged, training_flags
from onnxfile import Shipped, write

CROP = 64
MARGIN = 1.5
VISIBLE = 20  # pixels of the 64 x 64 owner map that an object shows at least
OWN = 0.4  # a box that overlaps every object's box by less has no object of its own


def conv(inside: int, out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.body = nn.Sequential(conv(width, width), nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.body(x))


class Prompted(nn.Module):
    """crop [B, 5, 64, 64] (RGB in 0..1, the box, the other boxes) -> mask logits [B, 1, 64, 64], presence logits [B, 1]."""

    def __init__(self, widths: tuple[int, ...] = (24, 40, 72, 104)):
        super().__init__()
        a, b, c, d = widths
        self.first = conv(5, a)
        self.second = nn.Sequential(conv(a, b, 2), Residual(b))
        self.third = nn.Sequential(conv(b, c, 2), Residual(c), Residual(c))
        self.fourth = nn.Sequential(conv(c, d, 2), Residual(d), Residual(d))
        self.whole = nn.Sequential(nn.Linear(d, d), nn.ReLU())
        self.up = nn.ModuleList([conv(d + c, c), conv(c + b, b), conv(b + a, a)])
        self.mask = nn.Conv2d(a, 1, 1)
        self.presence = nn.Linear(2 * d, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        first = self.first(x)
        half = self.second(first)
        quarter = self.third(half)
        deep = self.fourth(quarter)
        told = self.whole(deep.mean((2, 3)))
        fine = deep + told[:, :, None, None]
        for layer, skip in zip(self.up, (quarter, half, first)):
            fine = layer(torch.cat([F.interpolate(fine, scale_factor=2.0, mode='nearest'), skip], 1))
        return self.mask(fine), self.presence(torch.cat([told, deep.amax((2, 3))], 1))


def cut(image: np.ndarray, box: np.ndarray, others: list[np.ndarray], owner: np.ndarray | None = None, index: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """image [S, S, 3] uint8, boxes xyxy in 0..1 -> [5, 64, 64] float32 and the object's mask [64, 64] in the same square. Bilinear,
    edges repeated; crop pixel (i, j) lies at corner + ((i, j) + 0.5) * side / 64."""
    side = max(box[2] - box[0], box[3] - box[1]) * MARGIN
    x, y = (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2

    def sample(picture: np.ndarray) -> np.ndarray:
        size = picture.shape[0]
        step = side * size / CROP
        at = np.array([[step, 0, x * size + step / 2 - 0.5], [0, step, y * size + step / 2 - 0.5]])
        return cv2.warpAffine(picture, at, (CROP, CROP), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)

    along = (np.arange(CROP) + 0.5) / CROP * side
    px, py = x + along, y + along

    def inside(b: np.ndarray) -> np.ndarray:
        return np.outer((py >= b[1]) & (py <= b[3]), (px >= b[0]) & (px <= b[2]))

    around = np.zeros((CROP, CROP), bool)
    for other in others:
        around |= inside(other)
    crop = np.concatenate([sample(image).astype(np.float32).transpose(2, 0, 1) / 255, inside(box)[None], around[None]]).astype(np.float32)
    if owner is None:
        return crop, np.zeros((CROP, CROP), np.float32)
    return crop, (sample((owner == index).astype(np.float32)) >= 0.5).astype(np.float32)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def asked(box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A box as a person would draw it for an object: edges off by some per cent, sometimes too long one way."""
    w, h = box[2] - box[0], box[3] - box[1]
    out = box + rng.normal(0, 0.05, 4) * (w, h, w, h)
    if rng.random() < 0.3:
        more, way = rng.uniform(0, 0.5), int(rng.integers(2))
        at = rng.random()
        out[way] -= more * at * (w, h)[way]
        out[way + 2] += more * (1 - at) * (w, h)[way]
    out = np.clip(out, 0, 1)
    return out if min(out[2] - out[0], out[3] - out[1]) > 0.06 else box


def empty(boxes: list[np.ndarray], elsewhere: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """A box without an object of its own."""
    for _ in range(8):
        kind = rng.random()
        if kind < 0.4 or not boxes:
            box = elsewhere.copy()
        elif kind < 0.75:  # a part of an object
            whole = boxes[int(rng.integers(len(boxes)))]
            w, h = whole[2] - whole[0], whole[3] - whole[1]
            size = rng.uniform(0.35, 0.7, 2) * (w, h)
            corner = whole[:2] + rng.random(2) * ((w, h) - size) + rng.normal(0, 0.15, 2) * (w, h)
            box = np.concatenate([corner, corner + size])
        elif len(boxes) > 1:  # two in one
            i, j = rng.choice(len(boxes), 2, replace=False)
            box = np.concatenate([np.minimum(boxes[i][:2], boxes[j][:2]), np.maximum(boxes[i][2:], boxes[j][2:])])
        else:
            continue
        box = np.clip(box, 0, 1)
        if min(box[2] - box[0], box[3] - box[1]) > 0.08 and all(overlap(box, other) < OWN for other in boxes):
            return box
    return None


class Boxes:
    def __init__(self, pool: Path, decoded: Path | None = None):
        self.image, self.owner, self.objects, self.boxes = (
            np.load(pool / f'{n}.npy', mmap_mode='r') for n in ('image', 'owner', 'objects', 'boxes'))
        self.decoded = np.load(decoded, mmap_mode='r') if decoded else None

    def scene(self, row: int, rng: np.random.Generator, image: np.ndarray, loose: bool) -> list[tuple[np.ndarray, np.ndarray, float]]:
        """Crop, mask and presence for every box of a scene, and for a third as many boxes with nothing of their own."""
        owner = self.owner[row]
        present = [i for i, (c, _) in enumerate(self.objects[row]) if c >= 0]
        true = [np.array(self.boxes[row][i], np.float64) for i in present]
        drawn = [asked(box, rng) if loose else box for box in true]
        out = []
        for at, i in enumerate(present):
            if (owner == i).sum() >= VISIBLE:
                out.append((*cut(image, drawn[at], drawn[:at] + drawn[at + 1:], owner, i), 1.0))
        for _ in range(max(1, len(present) // 3)):
            none = empty(true, np.array(self.boxes[int(rng.integers(len(self.boxes)))][0], np.float64), rng)
            if none is not None:
                out.append((*cut(image, none, drawn), 0.0))
        return out

    def draw(self, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, float]]:
        through = self.decoded is not None and rng.random() < 0.3
        row = int(rng.integers(256, len(self.decoded) if through else len(self.image)))
        image = np.ascontiguousarray(self.decoded[row]) if through else augment(self.image[row], rng)
        out = self.scene(row, rng, image, True)
        return [(np.ascontiguousarray(c[:, :, ::-1]), np.ascontiguousarray(m[:, ::-1]), p) if rng.random() < 0.5 else (c, m, p) for c, m, p in out]


def loss_of(mask: torch.Tensor, presence: torch.Tensor, want: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of presence; of the mask, with 1 - soft IoU, where there is an object."""
    logits, on = mask[:, 0].float(), there > 0
    total = F.binary_cross_entropy_with_logits(presence[:, 0].float(), there)
    if on.any():
        total = total + F.binary_cross_entropy_with_logits(logits[on], want[on])
        share = logits[on].sigmoid()
        both = (share * want[on]).sum((1, 2))
        total = total + (1 - both / (share.sum((1, 2)) + want[on].sum((1, 2)) - both).clamp(min=1)).mean()
    return total


def train(o: argparse.Namespace) -> None:
    torch.set_num_threads(o.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    pools = [Boxes(pool, o.decoded if i == 0 else None) for i, pool in enumerate(o.pools)]
    o.work.mkdir(parents=True, exist_ok=True)
    model = Prompted().to(memory_format=torch.channels_last)
    average = Average(model)
    print('parameters', sum(p.numel() for p in model.parameters()), flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=o.rate, weight_decay=0.02, fused=True)
    lesson, waiting = Lesson(o.minutes, o.batch), []
    while lesson.pace(optimizer, o.rate):
        model.train()
        while len(waiting) < 6 * o.batch:
            waiting += pools[int(rng.integers(len(pools)))].draw(rng)
        rng.shuffle(waiting)
        now, waiting = waiting[:o.batch], waiting[o.batch:]
        crop, want, there = (torch.from_numpy(np.stack([np.asarray(one[i], np.float32) for one in now])) for i in range(3))
        with torch.autocast('cpu', torch.bfloat16, enabled=o.half):
            mask, presence = model(crop.contiguous(memory_format=torch.channels_last))
        loss = loss_of(mask, presence, want, there)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        average.follow(model, lesson.step)
        lesson.note(loss=float(loss.detach()))
        lesson.stepped()
        if lesson.step % 400 == 0:
            torch.save(average.kept, o.work / 'prompted.pt')
            print('check', test(load(o.work), pools[-1], 64), flush=True)
    torch.save(average.kept, o.work / 'prompted.pt')
    print('check', test(load(o.work), pools[-1], 256), flush=True)


@torch.no_grad()
def test(model: nn.Module | Shipped, boxes: Boxes, rows: int) -> dict[str, float]:
    """On the first scenes (never trained on): IoU of the masks of true boxes, also of objects whose box another overlaps by an IoU of 0.1
    and more; how many boxes with and without an object of their own are known for it."""
    model.eval()
    rng = np.random.default_rng(1)
    ious, crowded, found, refused, empties = [], [], 0, 0, 0
    for row in range(min(rows, len(boxes.image))):
        cases = boxes.scene(row, rng, np.ascontiguousarray(boxes.image[row]), True)
        if not cases:
            continue
        mask, presence = model(torch.from_numpy(np.stack([crop for crop, _, _ in cases])))
        for (crop, want, there), m, p in zip(cases, mask[:, 0].numpy() > 0, presence[:, 0].tolist()):
            if there == 0:
                empties += 1
                refused += p <= 0
                continue
            found += p > 0
            ious.append((m & (want > 0)).sum() / max(1, (m | (want > 0)).sum()))
            if (crop[4] * crop[3]).sum() > 0.15 * crop[3].sum():
                crowded.append(ious[-1])
    return {'objects': len(ious), 'maskIou': float(np.mean(ious)), 'crowded': len(crowded), 'crowdedMaskIou': float(np.mean(crowded)),
            'found': found / len(ious), 'empties': empties, 'refused': refused / max(1, empties)}


def load(work: Path) -> Prompted:
    model = Prompted()
    model.load_state_dict(torch.load(work / 'prompted.pt'))
    return model.eval()


def export(o: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    write(load(o.work), torch.zeros(2, 5, CROP, CROP), o.out / 'prompted.onnx', 'crop', ['mask', 'presence'])
    model = Shipped(o.out / 'prompted.onnx')
    path = o.out / 'evaluator.json'
    settings = json.loads(path.read_text())
    known, held = test(model, Boxes(o.pool_trained), 256), test(model, Boxes(o.pool), 1000)
    settings['prompt'] = {'side': CROP, 'margin': MARGIN, 'accuracy': judged(known, held, tuple(known))}
    path.write_text(json.dumps(settings, indent=1) + '\n')
    print(settings['prompt'], (o.out / 'prompted.onnx').stat().st_size / 2**20, 'MB')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest='job', required=True)
    t = jobs.add_parser('train')
    t.add_argument('pools', type=Path, nargs='+')
    t.add_argument('--work', type=Path, required=True)
    training_flags(t, 25, 48, 3e-3)
    t.add_argument('--half', action='store_true', help='bfloat16')
    e = jobs.add_parser('test')
    e.add_argument('pool', type=Path)
    e.add_argument('work', type=Path)
    export_flags(jobs.add_parser('export', help='after evaluator.py and classifier.py export'))
    o = parser.parse_args()
    if o.job == 'test':
        torch.set_num_threads(1)
        print(json.dumps(test(load(o.work), Boxes(o.pool), 256), indent=1))
    else:
        {'train': train, 'export': export}[o.job](o)


if __name__ == '__main__':
    main()
