"""Draws the layouts of a bench with true drawings, so that the evaluator can say how much of them can be told at all.

  python compose_layouts.py ART LAYOUTS OUT [--vae FOLDER]     LAYOUTS: the folder `layouts` of a bench's output
  OUT: one PNG per layout; with a VAE as it comes out of encoder and decoder
"""

from __future__ import annotations

import argparse
import json
import zlib
from pathlib import Path

import cv2
import numpy as np
import torch
from diffusers import AutoencoderKL

from scenes import BACKGROUNDS, CLASSES, COLOURS, STYLES, Composer, Scene, background


def words(phrase: str) -> tuple[int, int]:
    """Class and colour (-1: its own) of "dog" or "red dog"."""
    *colour, noun = phrase.split()
    return CLASSES.index(noun), COLOURS.index(colour[0]) if colour else -1


def through(vae: AutoencoderKL, image: np.ndarray) -> np.ndarray:
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad():
        decoded = vae.decode(vae.encode(pixels).latent_dist.mean).sample
    return ((decoded[0].permute(1, 2, 0).clamp(-1, 1) + 1) * 127.5).round().byte().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('art', type=Path)
    parser.add_argument('layouts', type=Path)
    parser.add_argument('out', type=Path)
    parser.add_argument('--vae', type=Path)
    parser.add_argument('--style', choices=list(STYLES), default='one')
    o = parser.parse_args()
    splits = json.loads((Path(__file__).parent / 'splits.json').read_text())
    composer = Composer(o.art, splits, style=STYLES[o.style])
    vae = AutoencoderKL.from_pretrained(o.vae).float().eval() if o.vae else None
    o.out.mkdir(parents=True, exist_ok=True)
    refused = total = 0
    for path in sorted(o.layouts.glob('*.json')):
        rng = np.random.default_rng(zlib.crc32(path.stem.encode()))
        ground = int(rng.integers(len(BACKGROUNDS)))
        scene = Scene(background('plain', list(BACKGROUNDS)[ground], composer.size, rng), np.full((composer.size,) * 2, 255, np.uint8))
        for box in json.loads(path.read_text())['boxes']:
            before = len(scene.classes)
            composer.draw(scene, *words(box['phrase']), np.array(box['box']), rng)
            total += 1
            refused += len(scene.classes) == before  # it would have hidden more than two thirds of another
        image = through(vae, scene.image) if vae else scene.image
        cv2.imwrite(str(o.out / f'{path.stem}.png'), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    print(f'{total} objects, {refused} left out because they would have hidden another')


if __name__ == '__main__':
    main()
