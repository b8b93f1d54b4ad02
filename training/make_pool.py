"""Composes scenes into memory-mapped arrays: POOL/{image,owner,objects,boxes,ground}.npy, one row per scene.

  python make_pool.py ART POOL --count 64000 --workers 2 [--held-out] [--style all|few|one] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
from multiprocessing import Process
from pathlib import Path

import cv2
import numpy as np

from scenes import MAX_OBJECTS, STYLES, Composer

SPLITS = Path(__file__).with_name('splits.json')
ARRAYS = {
    'image': (np.uint8, (128, 128, 3)), 'owner': (np.uint8, (64, 64)), 'objects': (np.int8, (MAX_OBJECTS, 2)),
    'boxes': (np.float32, (MAX_OBJECTS, 4)), 'ground': (np.int8, (2,)),
}


def fill(art: Path, pool: Path, first: int, last: int, seed: int, held_out: bool, style: str) -> None:
    cv2.setNumThreads(1)
    composer = Composer(art, json.loads(SPLITS.read_text()), held_out, style=STYLES[style])
    rng = np.random.default_rng(seed)
    a = {name: np.load(pool / f'{name}.npy', mmap_mode='r+') for name in ARRAYS}
    for i in range(first, last):
        scene = composer.compose(rng)
        while not scene.classes:
            scene = composer.compose(rng)
        n = len(scene.classes)
        a['image'][i] = scene.image
        a['owner'][i] = scene.owner[::2, ::2]
        a['objects'][i] = -2
        a['objects'][i, :n] = np.stack([scene.classes, scene.colours], 1)
        a['boxes'][i] = 0
        a['boxes'][i, :n] = scene.boxes
        a['ground'][i] = (scene.kind, scene.ground)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('art', type=Path)
    parser.add_argument('pool', type=Path)
    parser.add_argument('--count', type=int, default=64000)
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--held-out', action='store_true')
    parser.add_argument('--style', choices=list(STYLES), default='all', help='how many drawings a class, and in what scenes (scenes.Style)')
    options = parser.parse_args()
    options.pool.mkdir(parents=True, exist_ok=True)
    for name, (kind, shape) in ARRAYS.items():
        np.lib.format.open_memmap(options.pool / f'{name}.npy', 'w+', kind, (options.count, *shape))
    edges = np.linspace(0, options.count, options.workers + 1).astype(int)
    jobs = [
        Process(target=fill, args=(options.art, options.pool, int(edges[i]), int(edges[i + 1]),
                                   options.seed * 1000 + i, options.held_out, options.style))
        for i in range(options.workers)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    if any(job.exitcode for job in jobs):
        raise SystemExit('a worker failed; see above')


if __name__ == '__main__':
    main()
