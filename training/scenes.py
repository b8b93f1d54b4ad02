"""Scenes composed from open clip art: image, boxes, owner mask, and the words that describe them.

A scene is a background and 1 to 8 objects in z-order (the last one on top). Everything random comes from one
numpy Generator, so a seed gives the same scene again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

CLASSES = (
    'person dog cat horse sheep cow elephant bird fish car bus train airplane boat bicycle house tree flower mushroom '
    'banana apple pear strawberry pizza cake chair cup umbrella book clock guitar balloon'
).split()
PLURALS = {
    'person': 'people', 'sheep': 'sheep', 'bus': 'buses', 'fish': 'fish', 'strawberry': 'strawberries',
}
COLOURS = 'red orange yellow green blue purple pink brown black white'.split()
TARGETS = {
    'red': (215, 35, 35), 'orange': (243, 134, 20), 'yellow': (246, 208, 40), 'green': (52, 160, 62),
    'blue': (40, 98, 214), 'purple': (132, 62, 178), 'pink': (243, 140, 186), 'brown': (128, 82, 46),
    'black': (44, 44, 50), 'white': (238, 238, 240),
}
BACKGROUNDS = {
    'white': (252, 252, 252), 'gray': (176, 178, 184), 'blue': (158, 198, 238), 'green': (168, 216, 160),
    'yellow': (250, 236, 160), 'pink': (250, 206, 220), 'orange': (252, 212, 164), 'purple': (208, 188, 234),
}
KINDS = ('plain', 'gradient', 'striped', 'dotted', 'checked')
COUNTS = {2: 'two', 3: 'three', 4: 'four', 5: 'five', 6: 'six', 7: 'seven', 8: 'eight'}
MAX_OBJECTS = 8
FAMILIES = {'fluent-emoji': 'fluent', 'fluent-emoji-flat': 'fluent'}


def artist_of(entry: dict) -> str:
    """The artist of a manifest entry: the emoji family, or the openclipart author."""
    if entry['set'] == 'openclipart':
        return 'openclipart:' + str(entry.get('creator', entry['file']))
    return FAMILIES.get(entry['set'], entry['set'])


@dataclass
class Sprite:
    rgba: np.ndarray  # uint8, cropped to its drawing
    grey: np.ndarray  # uint8 luminance
    median: float  # of the opaque part's luminance
    name: str


@dataclass(frozen=True)
class Style:
    """What a pool is made of, besides the words. The defaults are the whole variety of the art."""

    sets: tuple[str, ...] = ()  # only the first drawing of each class in the first `each` of these sets
    each: int = 3
    flip: float = 0.5  # share of mirrored drawings
    bend: float = 1.3  # how far a drawing's aspect may follow its box
    loose: float = 0.0  # share of objects whose box is the one asked for, not the tight one
    turned: float = 0.5  # share of rotated drawings
    least: float = 0.2  # smallest side of a box, as a share of the image, in scenes of up to four objects
    small: float = 1.0  # share of scenes that go down to 0.2 all the same
    counts: tuple[float, ...] = (0.2, 0.22, 0.2, 0.15, 0.1, 0.07, 0.03, 0.03)  # probability of 1, 2, ... objects
    grounds: tuple[float, ...] = (0.5, 0.2, 0.1, 0.1, 0.1)  # probability of each of KINDS


STYLE = Style()
# Few drawings, which a small model can learn to draw rather than blend, in boxes as people draw them.
FEW = Style(('fluent-emoji-flat', 'fluent-emoji', 'noto', 'twemoji'), 3, 0.2, 1.5, 0.3)
# One drawing a class: crisp pictures matter more than variety. Boxes are loose in stage 2, where they are used.
# Objects under some 0.3 of the image have too few latent cells to be drawn well; a quarter of the scenes has them.
ONE = Style(('fluent-emoji', 'fluent-emoji-flat', 'noto', 'twemoji'), 1, 0.5, 1.25, 0.3, 0.15, 0.3, 0.25,
            (0.2, 0.36, 0.24, 0.12, 0.05, 0.03), (0.7, 0.21, 0.03, 0.03, 0.03))
STYLES = {'all': STYLE, 'few': FEW, 'one': ONE}


def archetypes(manifest: list[dict], splits: dict, style: Style) -> set[str]:
    """The files of the first drawing of a class in the first sets of a style that have one and aren't held out."""
    chosen: dict[str, list[str]] = {name: [] for name in CLASSES}
    for wanted in style.sets:
        seen: set[str] = set()
        for entry in manifest:
            name = entry['class']
            if name not in chosen or entry['set'] != wanted or entry.get('view') == 'head' or name in seen:
                continue
            seen.add(name)
            if splits['held_out_artist'][name] != artist_of(entry) and len(chosen[name]) < style.each:
                chosen[name].append(entry['file'])
    return {file for files in chosen.values() for file in files}


def load_sprites(art: Path, splits: dict, held_out: bool, style: Style = STYLE,
                 classes: list[str] = CLASSES) -> dict[str, list[list[Sprite]]]:
    """Sprites by class, in groups that are drawn equally often: by artist, of the held-out artist of each class or of all the
    others; or each by itself, where the style has but few."""
    manifest = json.loads((art / 'manifest.json').read_text())
    only = archetypes(manifest, splits, style) if style.sets and not held_out else None
    found: dict[str, dict[str, list[Sprite]]] = {name: {} for name in classes}
    for entry in manifest:
        name = entry['class']
        if name not in found or entry.get('view') == 'head' or (only is not None and entry['file'] not in only):
            continue
        artist = artist_of(entry)
        if (splits['held_out_artist'].get(name) == artist) != held_out:
            continue
        picture = cv2.imread(str(art / entry['file']), cv2.IMREAD_UNCHANGED)
        if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
            raise SystemExit(f'{art / entry["file"]}: not an RGBA picture')
        rgba = cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)
        x, y, w, h = entry['bbox']
        rgba = np.ascontiguousarray(rgba[y:y + h, x:x + w])
        grey = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY)
        median = float(np.median(grey[rgba[..., 3] > 128])) if (rgba[..., 3] > 128).any() else 128.0
        found[name].setdefault(artist, []).append(Sprite(rgba, grey, median, entry['file']))
    missing = [name for name, groups in found.items() if not groups]
    if missing:
        raise SystemExit(f'no art for {", ".join(missing)} in {art}')
    if only is not None:
        return {name: [[sprite] for group in groups.values() for sprite in group] for name, groups in found.items()}
    return {name: list(groups.values()) for name, groups in found.items()}


def recolour(sprite: Sprite, colour: str, rng: np.random.Generator) -> np.ndarray:
    """The sprite as a duotone of one colour: shadows go to dark, its median luminance to the colour, lights to white."""
    target = np.clip(np.array(TARGETS[colour], np.float32) + rng.uniform(-14, 14, 3).astype(np.float32), 0, 255)
    level = np.arange(256, dtype=np.float32) / 255
    middle = min(max(sprite.median / 255, 0.25), 0.85)
    low = np.clip(level / middle, 0, 1)[:, None]
    high = np.clip((level - middle) / (1 - middle), 0, 1)[:, None]
    floor, lift = {'black': (0.2, 0.32), 'white': (0.5, 0.9)}.get(colour, (0.3, 0.5))
    table = target * (floor + (1 - floor) * low) + (255 - target) * high * lift
    table = np.clip(table, 0, 255).astype(np.uint8)
    out = np.empty_like(sprite.rgba)
    out[..., :3] = table[sprite.grey]
    out[..., 3] = sprite.rgba[..., 3]
    return out


def background(kind: str, colour: str, size: int, rng: np.random.Generator) -> np.ndarray:
    """A background of one colour: plain, gradient, striped, dotted or checked. uint8 [size, size, 3]."""
    base = np.clip(np.array(BACKGROUNDS[colour], np.float32) + rng.uniform(-8, 8, 3).astype(np.float32), 0, 255)
    other = base * rng.uniform(0.78, 0.88) if rng.random() < 0.5 or colour == 'white' else base + (255 - base) * 0.55
    if kind == 'plain':
        amount = np.zeros((size, size), np.float32)
    else:
        y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
        angle = rng.choice([0.0, np.pi / 2, np.pi / 4, -np.pi / 4])
        along = x * np.cos(angle) + y * np.sin(angle)
        across = y * np.cos(angle) - x * np.sin(angle)
        n = float(rng.integers(5, 9))
        if kind == 'gradient':
            amount = (along - along.min()) / (along.max() - along.min())
        elif kind == 'striped':
            amount = (np.floor(along * n * 2) % 2).astype(np.float32)
        elif kind == 'dotted':
            u, v = along * n % 1 - 0.5, across * n % 1 - 0.5
            amount = (u * u + v * v < 0.07).astype(np.float32)
        else:
            amount = ((np.floor(along * n) + np.floor(across * n)) % 2).astype(np.float32)
    picture = base + (other - base) * amount[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


@dataclass
class Scene:
    image: np.ndarray  # uint8 [S, S, 3]
    owner: np.ndarray  # uint8 [S, S]: index of the top-most object, 255 for background
    classes: list[int] = field(default_factory=list)
    colours: list[int] = field(default_factory=list)  # -1: in its own colours
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)  # xyxy in 0..1, unoccluded, given for grounding
    kind: int = 0
    ground: int = 0
    names: list[str] = field(default_factory=list)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    inter = w * h
    return inter / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter)


def place(count: int, rng: np.random.Generator, least: float = 0.2) -> list[np.ndarray]:
    """Rough boxes (xyxy in 0..1) for a scene; overlap up to IoU 0.6 in a part of the scenes, small otherwise."""
    limit = rng.choice([0.02, 0.15, 0.35, 0.6], p=[0.4, 0.2, 0.2, 0.2])
    top = {1: 0.8, 2: 0.62, 3: 0.5, 4: 0.44}.get(count, 0.38)
    boxes: list[np.ndarray] = []
    for _ in range(count):
        best, best_worst = None, 9.0
        for attempt in range(30):
            shrink = 1 - attempt / 60
            side = rng.uniform(least, max(least + 0.04, top * shrink))
            if count == 1:
                side = rng.uniform(0.28, top)
            aspect = np.exp(rng.normal(0, 0.22))
            w, h = min(side * np.sqrt(aspect), 0.9), min(side / np.sqrt(aspect), 0.9)
            if boxes and limit > 0.1 and rng.random() < 0.5:  # beside or over another object
                near = boxes[rng.integers(len(boxes))]
                cx = (near[0] + near[2]) / 2 + rng.normal(0, 0.6) * (near[2] - near[0])
                cy = (near[1] + near[3]) / 2 + rng.normal(0, 0.4) * (near[3] - near[1])
            else:
                cx, cy = rng.uniform(0, 1, 2)
            x = min(max(cx - w / 2, 0.01), 0.99 - w)
            y = min(max(cy - h / 2, 0.01), 0.99 - h)
            box = np.array([x, y, x + w, y + h])
            worst = max((iou(box, b) for b in boxes), default=0.0)
            if worst < best_worst:
                best, best_worst = box, worst
            if worst <= limit:
                best = box
                break
        if best is not None and best_worst <= 0.6:
            boxes.append(best)
    return boxes


class Composer:
    def __init__(self, art: Path, splits: dict, held_out: bool = False, size: int = 128, style: Style = STYLE,
                 classes: list[str] = CLASSES):
        self.sprites = load_sprites(art, splits, held_out, style, classes)
        self.size, self.style, self.classes = size, style, classes
        self.banned = {(c, k) for c, k in splits['held_out_pairs']}

    def words(self, count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
        """Class and colour of each object. A part of the scenes repeats a class, or a class in several colours."""
        mode = rng.random()
        base = self.any_class(rng)
        coloured = rng.random() < 0.75
        out = []
        shared = int(rng.integers(len(COLOURS))) if coloured else -1
        for _ in range(count):
            c = base if mode < 0.2 or (mode < 0.4 and rng.random() < 0.5) else self.any_class(rng)
            k = -1
            if coloured and rng.random() < 0.85:
                k = shared if mode < 0.08 else int(rng.integers(len(COLOURS)))
            while k >= 0 and (self.classes[c], COLOURS[k]) in self.banned:
                k = int(rng.integers(len(COLOURS)))
            out.append((c, k))
        return out

    def any_class(self, rng: np.random.Generator) -> int:
        return int(rng.integers(len(self.classes)))

    def pick(self, c: int, rng: np.random.Generator) -> Sprite:
        groups = self.sprites[self.classes[c]]
        group = groups[rng.integers(len(groups))]
        return group[rng.integers(len(group))]

    def draw(self, scene: Scene, c: int, k: int, box: np.ndarray, rng: np.random.Generator) -> None:
        size = self.size
        sprite = self.pick(c, rng)
        rgba = recolour(sprite, COLOURS[k], rng) if k >= 0 else sprite.rgba
        if rng.random() < self.style.flip:
            rgba = rgba[:, ::-1]
        h0, w0 = rgba.shape[:2]
        bw, bh = (box[2] - box[0]) * size, (box[3] - box[1]) * size
        # fit the drawing into the rough box, its aspect bent by at most `bend`
        most = self.style.bend
        bend = float(np.clip((bw / bh) / (w0 / h0), 1 / most, most))
        aspect = w0 / h0 * bend
        w = min(bw, bh * aspect)
        h = w / aspect
        w, h = max(4, round(w)), max(4, round(h))
        alpha = rgba[..., 3:].astype(np.float32) / 255
        pre = np.concatenate([rgba[..., :3].astype(np.float32) * alpha, alpha], -1)
        shrink = cv2.INTER_AREA if w < w0 else cv2.INTER_LINEAR
        pre = cv2.resize(pre, (w, h), interpolation=shrink)
        if rng.random() < self.style.turned:
            angle = float(rng.normal(0, 8))
            turn = cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1.0)
            nw = int(np.ceil(abs(turn[0, 0]) * w + abs(turn[0, 1]) * h))
            nh = int(np.ceil(abs(turn[0, 1]) * w + abs(turn[0, 0]) * h))
            turn[0, 2] += nw / 2 - w / 2
            turn[1, 2] += nh / 2 - h / 2
            pre = cv2.warpAffine(pre, turn, (nw, nh))
        seen = pre[..., 3] > 0.12
        ys, xs = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        if len(ys) == 0:
            return
        pre = pre[ys[0]:ys[-1] + 1, xs[0]:xs[-1] + 1]
        h, w = pre.shape[:2]
        if w > size or h > size:
            return
        x = int(np.clip(round((box[0] + box[2]) / 2 * size - w / 2), 0, size - w))
        y = int(np.clip(round((box[1] + box[3]) / 2 * size - h / 2), 0, size - h))
        covers = pre[..., 3] > 0.5
        # nothing may be hidden for more than two thirds
        for i in range(len(scene.classes)):
            mine = scene.owner == i
            if (mine[y:y + h, x:x + w] & covers).sum() > 0.66 * mine.sum():
                return
        part = scene.image[y:y + h, x:x + w]
        part[:] = np.clip(part * (1 - pre[..., 3:]) + pre[..., :3], 0, 255).astype(np.uint8)
        scene.owner[y:y + h, x:x + w][covers] = len(scene.classes)
        scene.classes.append(c)
        scene.colours.append(k)
        tight = (x / size, y / size, (x + w) / size, (y + h) / size)
        loose = (min(box[0], tight[0]), min(box[1], tight[1]), max(box[2], tight[2]), max(box[3], tight[3]))
        scene.boxes.append(loose if rng.random() < self.style.loose else tight)
        scene.names.append(sprite.name)

    def compose(self, rng: np.random.Generator, count: int | None = None) -> Scene:
        if count is None:
            count = 1 + int(rng.choice(len(self.style.counts), p=self.style.counts))
        kind = int(rng.choice(len(KINDS), p=self.style.grounds))
        ground = 0 if rng.random() < 0.25 else int(rng.integers(len(BACKGROUNDS)))
        image = background(KINDS[kind], list(BACKGROUNDS)[ground], self.size, rng)
        scene = Scene(image, np.full((self.size, self.size), 255, np.uint8), kind=kind, ground=ground)
        least = 0.2 if count > 4 or rng.random() < self.style.small else self.style.least
        for (c, k), box in zip(self.words(count, rng), place(count, rng, least)):
            self.draw(scene, c, k, box, rng)
        return scene


def phrase(c: int, k: int) -> str:
    return CLASSES[c] if k < 0 else f'{COLOURS[k]} {CLASSES[c]}'


def with_article(words: str) -> str:
    return ('an ' if words[0] in 'aeiou' else 'a ') + words


def join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ', '.join(parts[:-1]) + ' and ' + parts[-1]


def plural(c: int, k: int) -> str:
    name = CLASSES[c]
    many = PLURALS.get(name, name + 's')
    return many if k < 0 else f'{COLOURS[k]} {many}'


def clause(kind: int, ground: int) -> str:
    colour = list(BACKGROUNDS)[ground]
    words = colour if kind == 0 else f'{KINDS[kind]} {colour}'
    return f' on {with_article(words)} background'


Mention = tuple[str, tuple[int, ...]]
"""A class or colour word of a caption, and the indices of the objects it speaks of."""


def caption(objects: list[tuple[int, int]], kind: int, ground: int, rng: np.random.Generator) -> tuple[str, list[Mention]]:
    """"a red car, a blue dog and a sheep", half the time with its background; sometimes with counts. The mentions stand in the
    order of the words."""
    if rng.random() < 0.75:
        groups = [((c, k), [i]) for i, (c, k) in enumerate(objects)]
    else:
        found: dict[tuple[int, int], list[int]] = {}
        for i, o in enumerate(objects):
            found.setdefault(o, []).append(i)
        groups = list(found.items())
    parts, mentions = [], []
    for (c, k), own in groups:
        many = len(own) > 1
        parts.append(f'{COUNTS[len(own)]} {plural(c, k)}' if many else with_article(phrase(c, k)))
        if k >= 0:
            mentions.append((COLOURS[k], tuple(own)))
        mentions.append((plural(c, -1) if many else CLASSES[c], tuple(own)))
    return join(parts) + (clause(kind, ground) if rng.random() < 0.5 else ''), mentions


def vocabulary_words() -> list[str]:
    words = ['a', 'an', 'and', 'on', 'background', 'gray', 'grey', 'the', 'of', 'in', 'with', 'to', 'one', 'left', 'right']
    words += CLASSES + COLOURS + list(BACKGROUNDS) + list(KINDS) + list(COUNTS.values())
    words += [PLURALS.get(name, name + 's') for name in CLASSES] + ['next', 'behind', 'above', 'below', 'front', 'photo', 'picture']
    return list(dict.fromkeys(part for word in words for part in word.split()))
