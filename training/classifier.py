"""The evaluator's second half: what is the object in this crop, and in which colour?

A crop is the square around an object's visible mask, 48 x 48 pixels, with the mask as fourth channel. Trained on composed
scenes only (never on images that the model made); part of the scenes have been through the VAE.

  python classifier.py train POOL WORK --minutes 20 [--decoded DECODED.npy]
  python classifier.py test POOL WORK [--rows 256]
  python classifier.py export POOL_HELD_OUT WORK ../assets/models/evaluator --pool POOL
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from evaluator import Residual, augment, block
from scenes import CLASSES, COLOURS

N, K = len(CLASSES), len(COLOURS)
CROP = 48
MARGIN = 1.2


class Classifier(nn.Module):
    """crop [B, 4, 48, 48] (RGB in 0..1, mask 0 or 1) -> class logits [B, 32], colour logits [B, 11] (last: its own colours)."""

    def __init__(self, widths: tuple[int, ...] = (32, 64, 112, 176)):
        super().__init__()
        a, b, c, d = widths
        self.body = nn.Sequential(block(4, a, 2), block(a, b), block(b, b, 2), Residual(b), block(b, c, 2), Residual(c), Residual(c),
                                  block(c, d), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.drop = nn.Dropout(0.2)
        self.what, self.hue = nn.Linear(d, N), nn.Linear(d, K + 1)

    def forward(self, crop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.drop(self.body(crop))
        return self.what(features), self.hue(features)


def cut(image: np.ndarray, mask: np.ndarray, zoom: float = 1.0, shift: tuple[float, float] = (0.0, 0.0), turn: float = 0.0) -> np.ndarray:
    """image [128, 128, 3] uint8, mask [64, 64] bool (not empty) -> [4, 48, 48] float32. Bilinear, edges repeated."""
    ys, xs = np.nonzero(mask)
    scale = image.shape[0] / mask.shape[0]
    x0, x1, y0, y1 = xs.min() * scale, (xs.max() + 1) * scale, ys.min() * scale, (ys.max() + 1) * scale
    side = max(x1 - x0, y1 - y0) * MARGIN * zoom
    cx, cy = (x0 + x1) / 2 + shift[0] * side, (y0 + y1) / 2 + shift[1] * side

    def sample(picture: np.ndarray, per: float) -> np.ndarray:
        step = side / CROP / per
        c, s = math.cos(turn) * step, math.sin(turn) * step
        # crop pixel (i, j) lies at centre + turn * ((i, j) + 0.5 - 24) * step
        middle = (CROP - 1) / 2
        at = np.array([[c, -s, cx / per - 0.5 - c * middle + s * middle], [s, c, cy / per - 0.5 - s * middle - c * middle]])
        return cv2.warpAffine(picture, at, (CROP, CROP), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)

    crop = sample(image, 1.0).astype(np.float32).transpose(2, 0, 1) / 255
    inside = (sample(mask.astype(np.float32), scale) >= 0.5).astype(np.float32)
    return np.concatenate([crop, inside[None]])


class Crops:
    """Objects of a pool, those of `decoded` scenes as the VAE gives them back."""

    def __init__(self, pool: Path, decoded: Path | None = None):
        self.image, self.owner, self.objects = (np.load(pool / f'{n}.npy', mmap_mode='r') for n in ('image', 'owner', 'objects'))
        self.decoded = np.load(decoded, mmap_mode='r') if decoded else None

    def draw(self, rng: np.random.Generator) -> list[tuple[np.ndarray, int, int]]:
        """All objects of a random scene that show, with jitter: what an imperfect mask would cut out."""
        through = self.decoded is not None and rng.random() < 0.4
        rows = len(self.decoded) if through else len(self.image)
        row = int(rng.integers(256, rows))
        image = np.ascontiguousarray(self.decoded[row]) if through else augment(self.image[row], rng)
        out = []
        for i, (c, k) in enumerate(self.objects[row]):
            mask = self.owner[row] == i
            if c < 0 or mask.sum() < 20:
                continue
            noisy = mask.astype(np.uint8)
            kernel = np.ones((3, 3), np.uint8)
            if rng.random() < 0.5:
                noisy = cv2.dilate(noisy, kernel) if rng.random() < 0.6 else cv2.erode(noisy, kernel)
            if noisy.sum() < 12:
                noisy = mask.astype(np.uint8)
            crop = cut(image, noisy > 0, float(rng.uniform(0.85, 1.2)), tuple(rng.uniform(-0.07, 0.07, 2)), float(rng.uniform(-0.2, 0.2)))
            if rng.random() < 0.5:
                crop = np.ascontiguousarray(crop[:, :, ::-1])
            if rng.random() < 0.15:
                crop[3] = 1
            out.append((crop, int(c), int(k) if k >= 0 else K))
        return out


def train(o: argparse.Namespace) -> None:
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    crops = Crops(o.pool, o.decoded)
    o.work.mkdir(parents=True, exist_ok=True)
    model = Classifier().to(memory_format=torch.channels_last)
    print('parameters', sum(p.numel() for p in model.parameters()), flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=o.rate, weight_decay=0.05, fused=True)
    start, step, seen, right, waiting = time.time(), 0, [], [], []
    while (done := (time.time() - start) / (o.minutes * 60)) < 1:
        model.train()
        for group in optimizer.param_groups:
            group['lr'] = o.rate * min(1, (step + 1) / 100) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        while len(waiting) < 8 * o.batch:
            waiting += crops.draw(rng)
        rng.shuffle(waiting)  # neighbours in a scene share a background
        now, waiting = waiting[:o.batch], waiting[o.batch:]
        x = torch.from_numpy(np.stack([crop for crop, _, _ in now])).contiguous(memory_format=torch.channels_last)
        what, hue = torch.tensor([c for _, c, _ in now]), torch.tensor([k for _, _, k in now])
        with torch.autocast('cpu', torch.bfloat16):
            logits, paint = model(x)
        loss = F.cross_entropy(logits.float(), what, label_smoothing=0.05) + 0.4 * F.cross_entropy(paint.float(), hue)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        seen.append(float(loss.detach()))
        right.append(float((logits.argmax(1) == what).float().mean()))
        if step % 100 == 0:
            print(json.dumps({'step': step, 'crops_s': round(step * o.batch / (time.time() - start), 1),
                              'loss': round(float(np.mean(seen)), 4), 'right': round(float(np.mean(right)), 4)}), flush=True)
            seen, right = [], []
        if step % 500 == 0:
            torch.save(model.state_dict(), o.work / 'classifier.pt')
    torch.save(model.state_dict(), o.work / 'classifier.pt')
    print('check', test(model, crops, 256), flush=True)


@torch.no_grad()
def test(model: Classifier, crops: Crops, rows: int) -> dict[str, float]:
    """Accuracy on the first scenes (never trained on), from the true masks."""
    model.eval()
    right = hued = total = 0
    for row in range(rows):
        for i, (c, k) in enumerate(crops.objects[row]):
            mask = crops.owner[row] == i
            if c < 0 or mask.sum() < 20:
                continue
            logits, paint = model(torch.from_numpy(cut(np.ascontiguousarray(crops.image[row]), mask))[None])
            total += 1
            right += int(logits.argmax()) == c
            hued += int(paint.argmax()) == (k if k >= 0 else K)
    return {'objects': total, 'class': right / total, 'colour': hued / total}


def load(work: Path) -> Classifier:
    model = Classifier()
    model.load_state_dict(torch.load(work / 'classifier.pt'))
    return model.eval()


def export(o: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    model = load(o.work)
    torch.onnx.export(model, (torch.zeros(2, 4, CROP, CROP),), str(o.out / 'classifier.onnx'), input_names=['crop'],
                      output_names=['class', 'colour'], opset_version=17, dynamic_axes={n: {0: 'batch'} for n in ('crop', 'class', 'colour')},
                      dynamo=False)
    path = o.out / 'evaluator.json'
    settings = json.loads(path.read_text())
    settings['crop'] = {'side': CROP, 'margin': MARGIN}
    known = test(model, Crops(o.pool_trained), 256)
    held = test(model, Crops(o.pool), 1000)
    settings['crop']['accuracy'] = {
        'class': round(known['class'], 4), 'colour': round(known['colour'], 4),
        'classHeldOutArtists': round(held['class'], 4), 'colourHeldOutArtists': round(held['colour'], 4),
    }
    path.write_text(json.dumps(settings, indent=1) + '\n')
    print(settings['crop'], (o.out / 'classifier.onnx').stat().st_size / 2**20, 'MB')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest='job', required=True)
    t = jobs.add_parser('train')
    t.add_argument('pool', type=Path)
    t.add_argument('work', type=Path)
    t.add_argument('--minutes', type=float, default=20)
    t.add_argument('--batch', type=int, default=48)
    t.add_argument('--rate', type=float, default=2e-3)
    t.add_argument('--decoded', type=Path)
    t.add_argument('--threads', type=int, default=1)
    e = jobs.add_parser('test')
    e.add_argument('pool', type=Path)
    e.add_argument('work', type=Path)
    e.add_argument('--rows', type=int, default=256)
    x = jobs.add_parser('export', help='after evaluator.py export')
    x.add_argument('pool', type=Path, help='of held-out artists')
    x.add_argument('work', type=Path)
    x.add_argument('out', type=Path)
    x.add_argument('--pool', dest='pool_trained', type=Path, required=True)
    o = parser.parse_args()
    if o.job == 'test':
        torch.set_num_threads(1)
        print(json.dumps(test(load(o.work), Crops(o.pool), o.rows), indent=1))
    else:
        {'train': train, 'export': export}[o.job](o)


if __name__ == '__main__':
    main()
