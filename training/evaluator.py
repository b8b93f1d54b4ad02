"""The evaluator's first half: a small Panoptic-DeepLab that finds the objects of a 128x128 scene and their visible masks.
It also learns class and colour per pixel, but classifier.py, its second half, names them far better from crops.

Trained on composed scenes only (never on images that the model made); part of the scenes go through the VAE first, so
that decoded pictures are in its domain.

  python evaluator.py train POOL WORK --minutes 30 [--decoded DECODED.npy] [--init WORK_BEFORE]
  python evaluator.py decode POOL VAE_FOLDER DECODED.npy --count 8000      scenes as the VAE gives them back
  python evaluator.py test POOL_HELD_OUT WORK [--decoded FILE.npy]
  python evaluator.py export POOL_HELD_OUT WORK ../assets/models/evaluator
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

from judges import Lesson, export_flags, training_flags
from onnxfile import Shipped, write
from scenes import CLASSES, COLOURS, MAX_OBJECTS

N, K = len(CLASSES), len(COLOURS)
SIDE = 64  # of the outputs: stride 2


def block(inside: int, out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.one = block(width, width)
        self.two = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.two(self.one(x)))


class Evaluator(nn.Module):
    """image [B, 3, 128, 128] in 0..1 -> logits semantic [B, 33, 64, 64] (first one: background), colour [B, 11, 64, 64]
    (last one: in its own colours), centre [B, 1, 64, 64], and offset [B, 2, 64, 64] (dx, dy in output pixels to the centre),
    features [B, 64] (spatial means of the last features before the outputs; for distances between sets of pictures)."""

    def __init__(self, widths: tuple[int, ...] = (16, 40, 80, 128, 192), neck: int = 64):
        super().__init__()
        a, b, c, d, e = widths
        self.s2 = nn.Sequential(block(3, a, 2), block(a, a))
        self.s4 = nn.Sequential(block(a, b, 2), Residual(b))
        self.s8 = nn.Sequential(block(b, c, 2), Residual(c))
        self.s16 = nn.Sequential(block(c, d, 2), Residual(d))
        self.s32 = nn.Sequential(block(d, e, 2), Residual(e))
        self.l32, self.l16 = nn.Conv2d(e, neck, 1), nn.Conv2d(d, neck, 1)
        self.l8, self.l4 = nn.Conv2d(c, neck, 1), nn.Conv2d(b, neck, 1)
        self.f16, self.f8, self.f4 = block(neck, neck), block(neck, neck), block(neck, neck)
        self.what = block(neck, 32)
        self.where = block(neck, 16)
        self.detail = block(12, 16)
        self.fine = nn.Sequential(*block(32 + a + 16, 32), Residual(32))
        self.near = nn.Sequential(*block(16 + a, 16), Residual(16))
        self.semantic = nn.Conv2d(32, N + 1, 1)
        self.colour = nn.Conv2d(32, K + 1, 1)
        self.centre = nn.Conv2d(16, 1, 1)
        self.offset = nn.Conv2d(16, 2, 1)
        nn.init.constant_(self.centre.bias, -4.0)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        def up(x: torch.Tensor) -> torch.Tensor:
            return F.interpolate(x, scale_factor=2.0, mode='nearest')

        x2 = self.s2(image * 2 - 1)
        x4 = self.s4(x2)
        x8 = self.s8(x4)
        x16 = self.s16(x8)
        y = self.f16(self.l16(x16) + up(self.l32(self.s32(x16))))
        y = self.f8(self.l8(x8) + up(y))
        y = self.f4(self.l4(x4) + up(y))
        what = self.what(y)
        detail = self.detail(F.pixel_unshuffle(image * 2 - 1, 2))  # every pixel of the image, for the outlines
        fine = self.fine(torch.cat([up(what), x2, detail], 1))
        near = self.near(torch.cat([up(self.where(y)), x2], 1))
        features = torch.cat([what.mean((2, 3)), fine.mean((2, 3))], 1)
        return self.semantic(fine), self.colour(fine), self.centre(near), self.offset(near), features


GRID = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing='xy')).astype(np.float32) + 0.5  # x, y


def targets(owner: np.ndarray, objects: np.ndarray) -> tuple[np.ndarray, ...]:
    """owner [64, 64], objects [8, 2] -> owner (8: none), semantic, colour (-100: not judged), centre heat, offsets."""
    semantic, colour = np.full((SIDE, SIDE), 0, np.int64), np.full((SIDE, SIDE), -100, np.int64)
    heat, offset = np.zeros((SIDE, SIDE), np.float32), np.zeros((2, SIDE, SIDE), np.float32)
    for i, (c, k) in enumerate(objects):
        mask = owner == i
        if c < 0 or not mask.any():
            continue
        semantic[mask] = c + 1
        colour[mask] = k if k >= 0 else K
        middle = GRID[:, mask].mean(1)
        offset[:, mask] = middle[:, None] - GRID[:, mask]
        heat = np.maximum(heat, np.exp(-((GRID - middle[:, None, None]) ** 2).sum(0) / (2 * 2.0 ** 2)))
    return np.minimum(owner, MAX_OBJECTS).astype(np.int64), semantic, colour, heat, offset


def mask_loss(front: torch.Tensor, owner: torch.Tensor) -> torch.Tensor:
    """front [B, 64, 64] log-odds of being an object, owner [B, 64, 64] with 8 for none: cross-entropy, outlines counting four
    times, plus 1 - IoU of each object with what is claimed on it and within three pixels around it, all objects alike."""
    solid = (owner < MAX_OBJECTS).float()
    edge = F.max_pool2d(solid[:, None], 3, 1, 1)[:, 0] - (1 - F.max_pool2d(1 - solid[:, None], 3, 1, 1)[:, 0])
    weight = 1 + 3 * edge
    outlines = (F.binary_cross_entropy_with_logits(front, solid, reduction='none') * weight).sum() / weight.sum()
    one = F.one_hot(owner, MAX_OBJECTS + 1)[..., :MAX_OBJECTS].permute(0, 3, 1, 2).float()
    ring = F.max_pool2d(one, 7, 1, 3) * (1 - solid)[:, None]
    share, area = front.sigmoid()[:, None], one.sum((2, 3))
    iou = (share * one).sum((2, 3)) / (area + (share * ring).sum((2, 3))).clamp(min=1)
    counted = area >= 12
    return outlines + (1 - iou)[counted].sum() / counted.sum().clamp(min=1)


def loss_of(out, owner, semantic, colour, heat, offset) -> torch.Tensor:
    s, k, c, o = (x.float() for x in out[:4])
    total = 2 * mask_loss(s[:, 1:].logsumexp(1) - s[:, 0], owner)
    if (colour >= 0).any():
        total = total + 0.4 * F.cross_entropy(s[:, 1:], semantic - 1, ignore_index=-1)
        total = total + 0.4 * F.cross_entropy(k, colour, ignore_index=-100)
    c = c[:, 0].sigmoid().clamp(1e-5, 1 - 1e-5)
    peak = (heat > 0.9).float()
    focal = -(peak * (1 - c) ** 2 * c.log() + (1 - peak) * (1 - heat) ** 4 * c ** 2 * (1 - c).log())
    total = total + focal.sum() / peak.sum().clamp(min=1) * 0.5
    seen = (semantic > 0).float()[:, None]
    return total + 0.2 * (F.smooth_l1_loss(o, offset, reduction='none') * seen).sum() / seen.sum().clamp(min=1)


def augment(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The kinds of harm a decoder does: blur, lost resolution, noise, shifted tone."""
    x = image
    if rng.random() < 0.3:
        x = cv2.GaussianBlur(x, (0, 0), float(rng.uniform(0.4, 1.6)))
    elif rng.random() < 0.3:
        x = cv2.resize(cv2.resize(x, (64, 64), interpolation=cv2.INTER_AREA), (128, 128), interpolation=cv2.INTER_CUBIC)
    x = x.astype(np.float32)
    if rng.random() < 0.3:
        x = x + rng.normal(0, rng.uniform(1, 10), x.shape)
    if rng.random() < 0.4:
        x = (x - 128) * rng.uniform(0.85, 1.1) + 128 + rng.uniform(-10, 10)
    return np.clip(x, 0, 255).astype(np.uint8)


def find(out: tuple[np.ndarray, ...], threshold: float = 0.3) -> list[dict]:
    """Objects of one picture: centres are peaks of the heat map; every object pixel goes to the centre it points at."""
    semantic, colour, centre, offset = out[:4]
    heat = torch.from_numpy(centre).sigmoid()
    peaks = (heat == F.max_pool2d(heat[None], 7, 1, 3)[0]) & (heat > threshold)
    places = np.argwhere(peaks[0].numpy())
    share = np.exp(semantic - semantic.max(0))
    share /= share.sum(0)
    front = share[0] < 0.5
    if not len(places) or not front.any():
        return []
    target = GRID + offset
    distance = ((target[None] - (places[:, ::-1, None, None] + 0.5)) ** 2).sum(1)
    owner = distance.argmin(0)
    found = []
    for i in range(len(places)):
        mask = front & (owner == i)
        if mask.sum() < 12:
            continue
        hue = np.exp(colour[:, mask] - colour[:, mask].max(0))
        found.append({'mask': mask, 'class': int(share[1:, mask].sum(1).argmax()), 'colour': int((hue / hue.sum(0)).sum(1).argmax()),
                      'score': float(heat[0][tuple(places[i])])})
    return found


@torch.no_grad()
def test(model: Evaluator | Shipped, images: np.ndarray, owners: np.ndarray, objects: np.ndarray) -> dict[str, float]:
    model.eval()
    truth = hits = right = coloured = hued = claims = 0
    ious: list[float] = []
    for i in range(len(images)):
        x = torch.from_numpy(images[i]).permute(2, 0, 1)[None].float() / 255
        found = find(tuple(y[0].numpy() for y in model(x)))
        claims += len(found)
        pairs = []
        for j, (c, k) in enumerate(objects[i]):
            mask = owners[i] == j
            if c < 0 or mask.sum() < 12:
                continue
            truth += 1
            for f, candidate in enumerate(found):
                iou = (mask & candidate['mask']).sum() / (mask | candidate['mask']).sum()
                pairs.append((iou, j, f))
        used: set = set()
        for iou, j, f in sorted(pairs, reverse=True):
            if iou < 0.5 or ('t', j) in used or ('f', f) in used:
                continue
            used |= {('t', j), ('f', f)}
            c, k = objects[i][j]
            hits += 1
            ious.append(float(iou))
            right += found[f]['class'] == c
            coloured += 1
            hued += found[f]['colour'] == (k if k >= 0 else K)
    return {'objects': truth, 'recall': hits / truth, 'precision': hits / max(claims, 1), 'class': right / max(hits, 1),
            'colour': hued / max(coloured, 1), 'mask_iou': float(np.mean(ious)) if ious else 0.0}


def load(work: Path) -> Evaluator:
    model = Evaluator()
    model.load_state_dict(torch.load(work / 'evaluator.pt'))
    return model


def train(o: argparse.Namespace) -> None:
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    pool = {n: np.load(o.pool / f'{n}.npy', mmap_mode='r') for n in ('image', 'owner', 'objects')}
    decoded = np.load(o.decoded, mmap_mode='r') if o.decoded else None
    o.work.mkdir(parents=True, exist_ok=True)
    model = load(o.init) if o.init else Evaluator()
    model = model.to(memory_format=torch.channels_last)
    print('parameters', sum(p.numel() for p in model.parameters()), flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=o.rate, weight_decay=0.02, fused=True)
    lesson = Lesson(o.minutes, o.batch)
    while lesson.pace(optimizer, o.rate):
        model.train()
        images, rest = [], []
        for _ in range(o.batch):
            if decoded is not None and rng.random() < 0.35:
                row = int(rng.integers(256, len(decoded)))
                image = decoded[row]
            else:
                row = int(rng.integers(256, len(pool['image'])))
                image = augment(pool['image'][row], rng)
            owner = pool['owner'][row]
            if rng.random() < 0.5:
                image, owner = image[:, ::-1], owner[:, ::-1]
            images.append(image)
            rest.append(targets(owner, pool['objects'][row]))
        x = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
        want = [torch.from_numpy(np.stack(part)) for part in zip(*rest)]
        with torch.autocast('cpu', torch.bfloat16):
            out = model(x.contiguous(memory_format=torch.channels_last))
        loss = loss_of(out, *want)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        lesson.note(loss=float(loss.detach()))
        lesson.stepped()
        if lesson.step % 500 == 0:
            torch.save(model.state_dict(), o.work / 'evaluator.pt')
            print('check', test(model, *(np.array(pool[n][:128]) for n in ('image', 'owner', 'objects'))), flush=True)
    torch.save(model.state_dict(), o.work / 'evaluator.pt')
    print('check', test(model, *(np.array(pool[n][:256]) for n in ('image', 'owner', 'objects'))), flush=True)


@torch.no_grad()
def decode(o: argparse.Namespace) -> None:
    from diffusers import AutoencoderKL

    torch.set_num_threads(o.threads)
    vae = AutoencoderKL.from_pretrained(o.vae).eval()
    images = np.load(o.pool / 'image.npy', mmap_mode='r')
    count = min(o.count, len(images))
    out = np.lib.format.open_memmap(o.out, 'w+', np.uint8, (count, *images.shape[1:]))
    for i in range(0, count, 16):
        x = torch.from_numpy(np.array(images[i:min(i + 16, count)])).permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.autocast('cpu', torch.bfloat16):
            y = vae.decode(vae.encode(x).latent_dist.mean).sample.float().clamp(-1, 1)
        out[i:i + len(x)] = ((y + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def export(o: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    o.out.mkdir(parents=True, exist_ok=True)
    path = o.out / 'model.onnx'
    write(load(o.work).eval(), torch.zeros(1, 3, 128, 128), path, 'image', ['semantic', 'colour', 'centre', 'offset', 'features'])
    model = Shipped(path)
    pictures = np.load(o.pool / 'image.npy', mmap_mode='r')[:1000]
    features = torch.cat([model(torch.from_numpy(np.array(pictures[i:i + 50])).permute(0, 3, 1, 2).float() / 255)[4]
                          for i in range(0, len(pictures), 50)])
    rows = len(pictures)
    accuracy = test(model, np.array(pictures), np.load(o.pool / 'owner.npy')[:rows], np.load(o.pool / 'objects.npy')[:rows])
    settings = o.out / 'evaluator.json'
    known = json.loads(settings.read_text()) if settings.exists() else {}
    settings.write_text(json.dumps({
        **known,  # of the other halves
        'classes': CLASSES, 'colours': COLOURS, 'stride': 2, 'size': 128, 'centreThreshold': 0.3, 'peakWindow': 7, 'minPixels': 12,
        'accuracy': {name: round(float(accuracy[name]), 4) for name in ('objects', 'recall', 'precision', 'mask_iou')},
        'realFeatures': {'mean': [round(float(v), 6) for v in features.mean(0)], 'variance': [round(float(v), 8) for v in features.var(0)]},
    }, indent=1) + '\n')
    print(accuracy, path, path.stat().st_size / 2**20, 'MB')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest='job', required=True)
    t = jobs.add_parser('train')
    t.add_argument('pool', type=Path)
    t.add_argument('work', type=Path)
    training_flags(t, 30, 24, 2e-3)
    t.add_argument('--init', type=Path)
    d = jobs.add_parser('decode')
    d.add_argument('pool', type=Path)
    d.add_argument('vae', type=Path)
    d.add_argument('out', type=Path)
    d.add_argument('--count', type=int, default=8000)
    d.add_argument('--threads', type=int, default=1)
    e = jobs.add_parser('test')
    e.add_argument('pool', type=Path)
    e.add_argument('work', type=Path)
    e.add_argument('--decoded', type=Path)
    export_flags(jobs.add_parser('export', help='features of real pictures are those of the held-out pool'), trained=False)
    o = parser.parse_args()
    if o.job == 'test':
        torch.set_num_threads(1)
        pictures = np.load(o.decoded if o.decoded else o.pool / 'image.npy', mmap_mode='r')[:1000]
        rows = len(pictures)
        print(json.dumps(test(load(o.work), np.array(pictures), np.load(o.pool / 'owner.npy')[:rows], np.load(o.pool / 'objects.npy')[:rows]), indent=1))
    else:
        {'train': train, 'decode': decode, 'export': export}[o.job](o)


if __name__ == '__main__':
    main()
