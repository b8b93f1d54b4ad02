"""Everything from art to checkpoints without an accelerator, step after step; what is done already is skipped.

  python train_all.py ART WORK [--unet-minutes 240] [--scenes 72000]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('art', type=Path)
    parser.add_argument('work', type=Path)
    parser.add_argument('--unet-minutes', type=float, default=240)
    parser.add_argument('--vae-minutes', type=float, default=15)
    parser.add_argument('--evaluator-minutes', type=float, default=60)
    parser.add_argument('--scenes', type=int, default=72000)
    parser.add_argument('--steps', type=int, default=0, help='stop the UNet after so many steps (rehearsal)')
    o = parser.parse_args()
    w = o.work
    plan: list[tuple[Path, list[object]]] = [
        (w / 'pool' / 'made', ['make_pool.py', o.art, w / 'pool', '--count', o.scenes]),
        (w / 'held' / 'made', ['make_pool.py', o.art, w / 'held', '--count', 2000, '--held-out', '--seed', 7]),
        (w / 'vae64' / 'made', ['train_vae.py', w / 'pool', w / 'vae64', '--minutes', o.vae_minutes, '--channels', 16, 32, 96,
                                '--latent', 4, '--batch', 16, '--shrink', 2, '--muon', '--rate', 3e-3]),
        (w / 'pool' / 'encoded', ['encode_pool.py', w / 'pool', w / 'vae64' / 'vae', '--shrink', 2]),
        (w / 'decoder', ['grow_vae.py', w / 'pool', w, '--teacher', w / 'vae64' / 'vae', '--minutes', o.vae_minutes, '--threads', 2]),
        (w / 'encoder', ['grow_vae.py', w / 'pool', w, '--teacher', w / 'vae64' / 'vae', '--part', 'encoder', '--init', w / 'vae128',
                         '--minutes', o.vae_minutes / 3, '--threads', 2]),
        (w / 'unet' / 'made', ['train.py', w / 'pool', w / 'unet', '--vae', w / 'vae64' / 'vae', '--minutes', o.unet_minutes,
                               '--attend', 0.2, '--steps', o.steps]),
        (w / 'decoded', ['evaluator.py', 'decode', w / 'pool', w / 'vae128', w / 'decoded.npy']),
        (w / 'evaluator' / 'made', ['evaluator.py', 'train', w / 'pool', w / 'evaluator', '--minutes', o.evaluator_minutes,
                                    '--decoded', w / 'decoded.npy', '--threads', 2]),
        (w / 'classifier' / 'made', ['classifier.py', 'train', w / 'pool', w / 'classifier', '--minutes', o.evaluator_minutes / 2,
                                     '--decoded', w / 'decoded.npy', '--threads', 2]),
    ]
    for mark, command in plan:
        if mark.exists():
            continue
        print('>', *command, flush=True)
        done = subprocess.run([sys.executable, str(HERE / str(command[0])), *map(str, command[1:])])
        if done.returncode:
            raise SystemExit(f'{command[0]} ended with {done.returncode}; run the same command again to go on from there')
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


if __name__ == '__main__':
    main()
