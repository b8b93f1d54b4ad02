"""The evaluator's second half: what is the object in this crop, and in which colour?

A crop is the square around an object's visible mask, 48 x 48 pixels, with the mask as fourth channel. Trained on composed scenes
only (never on images that the model made); part of the scenes have been through the VAE.

  python classifier.py train POOL WORK --minutes 25 [--decoded DECODED.npy]
  python classifier.py train POOL WORK --minutes 35 --photos --art ART      the other recipe: 64 x 64 pixels, starts from weights
                            trained on photographs (backbone.py), drawings shaken to look like other artists' (shake.py)
  python classifier.py test POOL WORK [--rows 256] [--pictures FILE.npy]
  python classifier.py export POOL_HELD_OUT WORK ../assets/models/evaluator --pool POOL

Which recipe for what: README.md, "The evaluator".
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from backbone import WIDTH, Backbone
from evaluator import Residual, augment, block
from judges import Average, Lesson, export_flags, judged, training_flags
from onnxfile import Shipped, write
from scenes import CLASSES, COLOURS
from shake import Shaken

N, K = len(CLASSES), len(COLOURS)
CROP, LARGE = 48, 64
MARGIN = 1.2


class Classifier(nn.Module):
    """crop [B, 4, S, S] (RGB in 0..1, mask 0 or 1) -> class logits [B, classes], colour logits [B, 11] (last: its own colours).
    S is 48, or 64 with the backbone from photographs."""

    def __init__(self, photos: bool = False, classes: int = N, widths: tuple[int, ...] = (32, 64, 112, 176)):
        super().__init__()
        a, b, c, d = widths
        self.side = LARGE if photos else CROP
        self.body = Backbone() if photos else nn.Sequential(
            block(4, a, 2), block(a, b), block(b, b, 2), Residual(b), block(b, c, 2), Residual(c), Residual(c), block(c, d),
            nn.AdaptiveAvgPool2d(1), nn.Flatten())
        width = WIDTH if photos else d
        self.drop = nn.Dropout(0.2)
        self.what, self.hue = nn.Linear(width, classes), nn.Linear(width, K + 1)

    def forward(self, crop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.drop(self.body(crop))
        return self.what(features), self.hue(features)


class Mirrored(nn.Module):
    """A classifier that looks at a crop and at its mirror image, and gives the mean of both."""

    def __init__(self, model: Classifier):
        super().__init__()
        self.model, self.side = model, model.side

    def forward(self, crop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        one, other = self.model(crop), self.model(crop.flip(3))
        return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def cut(image: np.ndarray, mask: np.ndarray, zoom: float = 1.0, shift: tuple[float, float] = (0.0, 0.0), turn: float = 0.0,
        pixels: int = CROP) -> np.ndarray:
    """image [128, 128, 3] uint8, mask [64, 64] bool (not empty) -> [4, pixels, pixels] float32. Bilinear, edges repeated."""
    ys, xs = np.nonzero(mask)
    scale = image.shape[0] / mask.shape[0]
    x0, x1, y0, y1 = xs.min() * scale, (xs.max() + 1) * scale, ys.min() * scale, (ys.max() + 1) * scale
    side = max(x1 - x0, y1 - y0) * MARGIN * zoom
    cx, cy = (x0 + x1) / 2 + shift[0] * side, (y0 + y1) / 2 + shift[1] * side

    def sample(picture: np.ndarray, per: float) -> np.ndarray:
        step = side / pixels / per
        c, s = math.cos(turn) * step, math.sin(turn) * step
        # crop pixel (i, j) lies at centre + turn * ((i, j) + 0.5 - pixels / 2) * step
        middle = (pixels - 1) / 2
        at = np.array([[c, -s, cx / per - 0.5 - c * middle + s * middle], [s, c, cy / per - 0.5 - s * middle - c * middle]])
        return cv2.warpAffine(picture, at, (pixels, pixels), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)

    crop = sample(image, 1.0).astype(np.float32).transpose(2, 0, 1) / 255
    inside = (sample(mask.astype(np.float32), scale) >= 0.5).astype(np.float32)
    return np.concatenate([crop, inside[None]])


def jittered(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator, pixels: int, hide: bool) -> np.ndarray:
    """A crop as an imperfect mask would cut it out; with `hide`, now and then a part of the object is missing."""
    noisy = mask.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    if rng.random() < 0.5:
        noisy = cv2.dilate(noisy, kernel) if rng.random() < 0.6 else cv2.erode(noisy, kernel)
    if hide and rng.random() < 0.1 and noisy.any():
        y, x = np.nonzero(noisy)
        i = int(rng.integers(len(y)))
        noisy[max(0, y[i] - 5):y[i] + 5, max(0, x[i] - 5):x[i] + 5] = 0
    if noisy.sum() < 12:
        noisy = mask.astype(np.uint8)
    crop = cut(image, noisy > 0, float(rng.uniform(0.85, 1.2)), tuple(rng.uniform(-0.07, 0.07, 2)), float(rng.uniform(-0.2, 0.2)), pixels)
    if rng.random() < 0.5:
        crop = np.ascontiguousarray(crop[:, :, ::-1])
    if rng.random() < 0.15:
        crop[3] = 1
    if hide and rng.random() < 0.1:  # something in front
        x, y, w, h = (rng.uniform(0, 1, 4) * (pixels, pixels, pixels / 2, pixels / 2)).astype(int)
        crop[:3, y:y + h, x:x + w], crop[3, y:y + h, x:x + w] = rng.uniform(0, 1, (3, 1, 1)), 0
    return crop


class Crops:
    """Objects of a pool, those of `decoded` scenes as the VAE gives them back."""

    def __init__(self, pool: Path, decoded: Path | None = None):
        self.image, self.owner, self.objects = (np.load(pool / f'{n}.npy', mmap_mode='r') for n in ('image', 'owner', 'objects'))
        self.decoded = np.load(decoded, mmap_mode='r') if decoded else None

    def draw(self, rng: np.random.Generator, pixels: int, hide: bool, share: float) -> list[tuple[np.ndarray, int, int]]:
        """All objects of a random scene that show, jittered; `share` of them decoded; the first 256 scenes are for tests."""
        through = self.decoded is not None and rng.random() < share
        row = int(rng.integers(256, len(self.decoded) if through else len(self.image)))
        image = np.ascontiguousarray(self.decoded[row]) if through else augment(self.image[row], rng)
        return [(jittered(image, self.owner[row] == i, rng, pixels, hide), int(c), int(k) if k >= 0 else K)
                for i, (c, k) in enumerate(self.objects[row]) if c >= 0 and (self.owner[row] == i).sum() >= 20]


def fresh(composer: Shaken, rng: np.random.Generator, pixels: int) -> list[tuple[np.ndarray, int, int]]:
    """All objects of a new scene that show, twice, each time harmed and jittered in another way."""
    scene = composer.compose(rng)
    owner, out = scene.owner[::2, ::2], []
    for image in (augment(scene.image, rng), augment(scene.image, rng)):
        for i, (c, k) in enumerate(composer.labels(scene)):
            if (owner == i).sum() >= 20:
                out.append((jittered(image, owner == i, rng, pixels, True), c, k))
    return out


def save(average: Average, path: Path) -> None:
    """Only the 32 classes; the others were there for the features."""
    torch.save({name: value[:N].clone() if name.startswith('what') else value for name, value in average.kept.items()}, path)


def train(o: argparse.Namespace) -> None:
    torch.set_num_threads(o.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    crops = Crops(o.pool, o.decoded)
    composer = Shaken(o.art, json.loads(Path(__file__).with_name('splits.json').read_text())) if o.art else None
    o.work.mkdir(parents=True, exist_ok=True)
    model = Classifier(o.photos, len(composer.classes) if composer else N)
    if o.photos:
        model.body.start()
    model = model.to(memory_format=torch.channels_last)
    average = Average(model)
    print('classes', model.what.out_features, 'parameters', sum(p.numel() for p in model.parameters()), flush=True)
    groups = [{'params': model.body.parameters(), 'share': 0.5 if o.photos else 1.0},
              {'params': [*model.what.parameters(), *model.hue.parameters()], 'share': 1.0}]
    optimizer = torch.optim.AdamW(groups, lr=o.rate, weight_decay=0.05, fused=True)
    lesson, waiting = Lesson(o.minutes, o.batch), []
    while lesson.pace(optimizer, o.rate):
        model.train()
        while len(waiting) < 10 * o.batch:
            if composer and rng.random() < 0.7:
                waiting += fresh(composer, rng, model.side)
            else:
                waiting += crops.draw(rng, model.side, o.art is not None, 0.7 if composer else 0.4)
        rng.shuffle(waiting)  # neighbours in a scene share a background
        now, waiting = waiting[:o.batch], waiting[o.batch:]
        x = torch.from_numpy(np.stack([crop for crop, _, _ in now]))
        what, hue = torch.tensor([c for _, c, _ in now]), torch.tensor([k for _, _, k in now])
        share, order = 1.0, torch.arange(len(x))
        if composer and rng.random() < 0.25:  # mixup
            share, order = float(rng.beta(0.4, 0.4)), torch.randperm(len(x))
            x = share * x + (1 - share) * x[order]
        with torch.autocast('cpu', torch.bfloat16, enabled=not o.photos):  # convolutions of single channels are slower so
            logits, paint = model(x.contiguous(memory_format=torch.channels_last))
        logits, paint = logits.float(), paint.float()
        loss = torch.zeros(())
        for part, w, h in ((share, what, hue), (1 - share, what[order], hue[order])):
            if part > 0:
                loss = loss + part * (F.cross_entropy(logits, w, label_smoothing=0.1 if composer else 0.05)
                                      + 0.4 * F.cross_entropy(paint, h, ignore_index=-100))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        average.follow(model, lesson.step)
        lesson.note(loss=float(loss.detach()))
        if share == 1:
            lesson.note(right=float((logits.argmax(1) == what).float().mean()))
        lesson.stepped()
        if lesson.step % 500 == 0:
            save(average, o.work / 'classifier.pt')
            print('check', test(load(o.work), crops, 64, model.side), flush=True)
    save(average, o.work / 'classifier.pt')
    print('check', test(load(o.work), crops, 256, model.side), flush=True)


@torch.no_grad()
def test(model: nn.Module | Shipped, crops: Crops, rows: int, pixels: int = CROP) -> dict[str, float]:
    """Accuracy on the first scenes (never trained on), from the true masks: of the class; of the colour where the scene gives one,
    and where the object has its own colours, which may well look like one of the ten."""
    model.eval()
    right = named = coloured = own = left = total = 0
    for row in range(rows):
        shown = [(i, int(c), int(k)) for i, (c, k) in enumerate(crops.objects[row]) if c >= 0 and (crops.owner[row] == i).sum() >= 20]
        if not shown:
            continue
        image = np.ascontiguousarray(crops.image[row])
        logits, paint = model(torch.from_numpy(np.stack([cut(image, crops.owner[row] == i, pixels=pixels) for i, _, _ in shown])))
        for (_, c, k), a, b in zip(shown, logits.argmax(1).tolist(), paint.argmax(1).tolist()):
            total += 1
            right += a == c
            coloured += k >= 0
            named += k >= 0 and b == k
            own += k < 0
            left += k < 0 and b == K
    return {'objects': total, 'class': right / total, 'colour': (named + left) / total,
            'colourNamed': named / max(coloured, 1), 'colourOwn': left / max(own, 1)}


def load(work: Path) -> Classifier:
    state = torch.load(work / 'classifier.pt')
    model = Classifier('body._conv_stem.weight' in state)
    model.load_state_dict(state)
    return model.eval()


def export(o: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    source = load(o.work)
    side = source.side
    write((Mirrored(source) if o.mirror else source).eval(), torch.zeros(2, 4, side, side), o.out / 'classifier.onnx', 'crop',
          ['class', 'colour'])
    model = Shipped(o.out / 'classifier.onnx')
    path = o.out / 'evaluator.json'
    settings = json.loads(path.read_text())
    settings['crop'] = {'side': side, 'margin': MARGIN}
    known = test(model, Crops(o.pool_trained), 256, side)
    held = test(model, Crops(o.pool), min(1000, len(Crops(o.pool).image)), side)
    settings['crop']['accuracy'] = judged(known, held, ('class', 'colour', 'colourNamed', 'colourOwn'))
    path.write_text(json.dumps(settings, indent=1) + '\n')
    print(settings['crop'], (o.out / 'classifier.onnx').stat().st_size / 2**20, 'MB')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest='job', required=True)
    t = jobs.add_parser('train')
    t.add_argument('pool', type=Path)
    t.add_argument('work', type=Path)
    training_flags(t, 25, 48, 2e-3)
    t.add_argument('--photos', action='store_true', help='start from weights trained on photographs; crops of 64 pixels')
    t.add_argument('--art', type=Path, help='draw shaken drawings of every class from here')
    e = jobs.add_parser('test')
    e.add_argument('pool', type=Path)
    e.add_argument('work', type=Path)
    e.add_argument('--rows', type=int, default=256)
    e.add_argument('--pictures', type=Path, help='the same scenes as the VAE gives them back')
    e.add_argument('--mirror', action='store_true')
    x = jobs.add_parser('export', help='after evaluator.py export')
    export_flags(x)
    x.add_argument('--mirror', action='store_true', help='each crop is judged with its mirror image')
    o = parser.parse_args()
    if o.job == 'test':
        torch.set_num_threads(1)
        source, crops = load(o.work), Crops(o.pool)
        if o.pictures:
            crops.image = np.load(o.pictures, mmap_mode='r')
        print(json.dumps(test((Mirrored(source) if o.mirror else source).eval(), crops, o.rows, source.side), indent=1))
    else:
        {'train': train, 'export': export}[o.job](o)


if __name__ == '__main__':
    main()
