"""Splits: the artist of each class that training never sees, and the class-colour pairs kept out of training.

  python make_splits.py ART        writes splits.json for the 32 classes
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from scenes import CLASSES, artist_of

TYPICAL = ['twemoji', 'noto', 'emojione', 'noto-v1']  # typical drawings; the others stay in training everywhere
LATE = ['purple', 'pink', 'brown', 'black', 'white']  # outside HRS-Bench's five colours, which stay trained for every class


def splits_for(classes: list[str], manifest: list[dict]) -> dict:
    held = {}
    for i, name in enumerate(classes):
        artists = Counter(artist_of(e) for e in manifest if e['class'] == name and e.get('view') != 'head')
        order = TYPICAL[i % 4:] + TYPICAL[:i % 4] + sorted(artists)
        held[name] = next(a for a in order if a in artists)
    pairs = [[name, LATE[i // 2 % 5]] for i, name in enumerate(classes) if i % 2 == 1]
    return {'held_out_artist': held, 'held_out_pairs': pairs}


def main() -> None:
    manifest = json.loads((Path(sys.argv[1]) / 'manifest.json').read_text())
    Path(__file__).with_name('splits.json').write_text(json.dumps(splits_for(CLASSES, manifest), indent=1) + '\n')


if __name__ == '__main__':
    main()
