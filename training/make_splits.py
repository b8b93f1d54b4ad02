"""Writes splits.json: the artist of each class that training never sees, and the class-colour pairs kept out of training."""

import json
import sys
from collections import Counter
from pathlib import Path

from scenes import CLASSES, artist_of

art = Path(sys.argv[1] if len(sys.argv) > 1 else '../../shared/data/clipart')
wanted = ['twemoji', 'noto', 'emojione', 'noto-v1']  # typical drawings; the others stay in training everywhere
held, manifest = {}, json.loads((art / 'manifest.json').read_text())
for i, name in enumerate(CLASSES):
    artists = Counter(artist_of(e) for e in manifest if e['class'] == name and e.get('view') != 'head')
    order = wanted[i % 4:] + wanted[:i % 4]
    held[name] = next(a for a in order if a in artists)
# colours outside HRS-Bench's five, so that those stay trained for every class
late = ['purple', 'pink', 'brown', 'black', 'white']
pairs = [[name, late[i // 2 % 5]] for i, name in enumerate(CLASSES) if i % 2 == 1]
Path(__file__).with_name('splits.json').write_text(json.dumps({'held_out_artist': held, 'held_out_pairs': pairs}, indent=1) + '\n')
print(held, pairs)
