"""Drawings as other artists might have drawn them: bent, outlined, flattened, shaded, in other paints. For the classifier, which
has 5 to 13 artists a class to learn from and must name the drawings of others."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from scenes import CLASSES, COLOURS, Composer, Sprite

REPAINTED = '*'  # ends the name of a drawing in its own colours that aren't its own any more


def bent(rgba: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turned, sheared, stretched, and bent by a smooth random field. Some room around it, for outlines."""
    h, w = rgba.shape[:2]
    side = max(h, w)
    room = round(side * 0.2) + 3
    alpha = rgba[..., 3:].astype(np.float32) / 255
    drawn = cv2.copyMakeBorder(np.concatenate([rgba[..., :3] * alpha, alpha], -1), room, room, room, room, cv2.BORDER_CONSTANT)
    high, wide = drawn.shape[:2]
    angle, stretch = rng.normal(0, 0.17), np.exp(rng.normal(0, 0.13))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[stretch, rng.normal(0, 0.12)], [rng.normal(0, 0.08), 1 / stretch]])
    m = (turn @ shear).astype(np.float32)
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32) - wide / 2, np.arange(high, dtype=np.float32) - high / 2)
    cells = int(rng.integers(3, 7))
    field = rng.normal(0, rng.uniform(0, 0.05) * side * 3 / cells, (cells, cells, 2)).astype(np.float32)
    field = cv2.resize(field, (wide, high), interpolation=cv2.INTER_CUBIC)
    mx = m[0, 0] * x + m[0, 1] * y + wide / 2 + field[..., 0]
    my = m[1, 0] * x + m[1, 1] * y + high / 2 + field[..., 1]
    drawn = cv2.remap(drawn.astype(np.float32), mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    alpha = drawn[..., 3:]
    colour = drawn[..., :3] / np.maximum(alpha, 1e-3)
    return np.clip(np.concatenate([colour, alpha * 255], -1), 0, 255).astype(np.uint8)


def tight(rgba: np.ndarray) -> np.ndarray:
    seen = rgba[..., 3] > 16
    ys, xs = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if len(ys) < 8 or len(xs) < 8:
        return rgba
    return np.ascontiguousarray(rgba[ys[0]:ys[-1] + 1, xs[0]:xs[-1] + 1])


def outlined(rgba: np.ndarray, rng: np.random.Generator, inside: bool) -> np.ndarray:
    """A stroke around the drawing, and perhaps along the edges inside it."""
    out = rgba.copy()
    ink = np.array([235, 235, 240] if rng.random() < 0.2 else rng.uniform(10, 70, 3)).astype(np.uint8)
    thick = int(rng.integers(2, 7))
    solid = (rgba[..., 3] > 128).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
    line = (cv2.dilate(solid, kernel) > 0) & (cv2.erode(solid, kernel) == 0)
    if inside:
        edges = cv2.Canny(cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY), 40, 120)
        line |= (cv2.dilate(edges, np.ones((2, 2), np.uint8)) > 0) & (solid > 0)
    out[line, :3] = ink
    out[line, 3] = 255
    return out


def shaded(rgba: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lit from a side, or with a highlight."""
    h, w = rgba.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    x, y = x / w - 0.5, y / h - 0.5
    if rng.random() < 0.6:
        angle = rng.uniform(0, 2 * np.pi)
        light = x * np.cos(angle) + y * np.sin(angle)
    else:
        cx, cy = rng.uniform(-0.3, 0.3, 2)
        light = 0.4 - np.hypot(x - cx, y - cy)
    out = rgba.copy()
    out[..., :3] = np.clip(rgba[..., :3] * (1 + rng.uniform(0.2, 0.8) * light[..., None]) + rng.uniform(0, 60) * light[..., None], 0, 255)
    return out


def repainted(rgba: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other paints: turned hue, other channels, light for dark, or a random paint for each of a few tones."""
    out, way = rgba.copy(), rng.random()
    if way < 0.35:
        hsv = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(rng.integers(15, 165))) % 180
        out[..., :3] = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    elif way < 0.5:
        out[..., :3] = rgba[..., rng.permutation(3)]
    elif way < 0.65:
        out[..., :3] = 255 - rgba[..., :3]
    elif way < 0.75:
        out[..., :3] = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY)[..., None]
    else:
        tones = int(rng.integers(2, 6))
        grey = cv2.medianBlur(cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY), 3)
        marks = np.sort(rng.uniform(20, 235, tones - 1))
        paints = rng.uniform(0, 255, (tones, 3)) if rng.random() < 0.5 else \
            np.linspace(40, 235, tones)[rng.permutation(tones), None] * rng.uniform(0.5, 1, 3)
        out[..., :3] = np.clip(paints, 0, 255).astype(np.uint8)[np.searchsorted(marks, grey)]
    return out


def shaken(sprite: Sprite, rng: np.random.Generator) -> Sprite:
    """The drawing by another hand. Its name ends with REPAINTED where its own colours are gone."""
    rgba, name = bent(sprite.rgba, rng) if rng.random() < 0.85 else sprite.rgba.copy(), sprite.name
    if rng.random() < 0.2:
        rgba[..., :3] = cv2.medianBlur(np.ascontiguousarray(rgba[..., :3]), int(rng.choice([5, 7, 9, 13])))
    if rng.random() < 0.12:
        levels = int(rng.integers(3, 6))
        rgba[..., :3] = np.round(rgba[..., :3] / 255 * levels) * (255 / levels)
    if rng.random() < 0.25:
        rgba, name = repainted(rgba, rng), name + REPAINTED
    if rng.random() < 0.3:
        rgba = shaded(rgba, rng)
    way = rng.random()
    if way < 0.2:
        rgba = outlined(rgba, rng, inside=way < 0.08)
    elif way < 0.25:  # strokes on an even fill
        inked = outlined(rgba, rng, inside=True)
        changed = (inked[..., :3] != rgba[..., :3]).any(-1)
        inked[~changed, :3] = rng.uniform(170, 255, 3) if rng.random() < 0.5 else 250
        rgba, name = inked, sprite.name + REPAINTED
    rgba = tight(rgba)
    grey = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY)
    solid = rgba[..., 3] > 128
    return Sprite(rgba, grey, float(np.median(grey[solid])) if solid.any() else 128.0, name)


class Shaken(Composer):
    """Scenes of shaken drawings; a part of the objects are of further classes, which only train the features."""

    def __init__(self, art: Path, splits: dict, others: float = 0.25):
        manifest = json.loads((art / 'manifest.json').read_text())
        more = sorted({entry['class'] for entry in manifest if entry.get('view') != 'head'} - set(CLASSES))
        super().__init__(art, splits, classes=CLASSES + more)
        self.others = others

    def any_class(self, rng: np.random.Generator) -> int:
        if rng.random() < self.others:
            return int(rng.integers(len(CLASSES), len(self.classes)))
        return int(rng.integers(len(CLASSES)))

    def pick(self, c: int, rng: np.random.Generator) -> Sprite:
        sprite = super().pick(c, rng)
        return shaken(sprite, rng) if rng.random() < 0.85 else sprite

    def labels(self, scene) -> list[tuple[int, int]]:
        """Class and colour of each object: len(COLOURS) for its own colours, -100 for paints that nobody named."""
        return [(c, k if k >= 0 else -100 if name.endswith(REPAINTED) else len(COLOURS))
                for c, k, name in zip(scene.classes, scene.colours, scene.names)]
