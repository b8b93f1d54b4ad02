"""Everything from art to files that ship, without an accelerator, step after step; what is done already is skipped, and an
interrupted UNet goes on from its last checkpoint.

  python train_all.py ART WORK

Part 1: scenes of all drawings, VAE, UNet. Part 2: the UNet goes on with few drawings, the VAE's decoder is taught again.
Then the evaluator's three parts. The result lies in WORK/export.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def stages(o: argparse.Namespace) -> list[tuple[str, list[object]]]:
    """Names, and commands in this folder. A stage is done when WORK/done/NAME is there."""
    w, threads = o.work, ['--threads', o.threads]
    small, all_drawings, few, held = w / 'vae64' / 'vae', w / 'pool', w / 'few', w / 'held'
    first, second, model = w / 'unet', w / 'unet-few', w / 'grow-few' / 'vae128'
    export, steps = w / 'export', o.steps
    pool = ['make_pool.py', o.art]
    unet = ['--vae', small, '--attend', 0.2, *threads]
    grow = ['--teacher', small, *threads]
    return [
        ('pool', [*pool, all_drawings, '--count', o.scenes, '--workers', o.threads]),
        ('held', [*pool, held, '--count', o.held, '--held-out', '--seed', 7, '--workers', o.threads]),
        ('vae64', ['train_vae.py', all_drawings, w / 'vae64', '--minutes', o.vae_minutes, '--channels', 16, 32, 96, '--latent', 4,
                   '--batch', 16, '--shrink', 2, '--muon', '--rate', 3e-3, *threads]),
        ('latents', ['encode_pool.py', all_drawings, small, '--shrink', 2, *threads]),
        ('decoder', ['grow_vae.py', all_drawings, w / 'grow', *grow, '--minutes', o.vae_minutes]),
        ('encoder', ['grow_vae.py', all_drawings, w / 'grow', *grow, '--part', 'encoder', '--init', w / 'grow' / 'vae128',
                     '--minutes', o.vae_minutes / 3]),
        ('unet', ['train.py', all_drawings, first, *unet, '--minutes', o.unet_minutes, '--steps', steps]),
        # part 2: few drawings. A third of the schedule counts as gone, so that the rate starts below its peak.
        ('few', [*pool, few, '--count', o.few_scenes, '--style', 'few', '--seed', 2, '--workers', o.threads]),
        ('few-latents', ['encode_pool.py', few, small, '--shrink', 2, *threads]),
        ('few-unet', ['train.py', few, second, *unet, '--minutes', o.few_minutes * 1.5, '--after', first / 'last.pt',
                      '--clock', o.few_minutes * 0.5, '--steps', 2 * steps]),
        ('few-decoder', ['grow_vae.py', few, w / 'grow-few', *grow, '--init', w / 'grow' / 'vae128', '--whole', '--batch', 12,
                         '--minutes', o.vae_minutes * 1.25]),
        ('export', ['export.py', second / 'last.pt', '--vae', model, '--tokenizer', second / 'tokenizer',
                    '--out', export / 'clipart-128']),
        # the evaluator
        ('decoded', ['evaluator.py', 'decode', all_drawings, model, w / 'decoded.npy', '--count', o.decoded, *threads]),
        ('detector', ['evaluator.py', 'train', all_drawings, w / 'evaluator', '--minutes', o.evaluator_minutes,
                      '--decoded', w / 'decoded.npy', *threads]),
        ('classifier', ['classifier.py', 'train', all_drawings, w / 'classifier', '--minutes', o.evaluator_minutes / 2,
                        '--decoded', w / 'decoded.npy', *threads]),
        ('prompted', ['prompted.py', 'train', all_drawings, few, '--work', w / 'prompted', '--minutes', o.evaluator_minutes * 0.4,
                      '--decoded', w / 'decoded.npy', *threads]),
        ('detector-export', ['evaluator.py', 'export', held, w / 'evaluator', export / 'evaluator']),
        ('classifier-export', ['classifier.py', 'export', held, w / 'classifier', export / 'evaluator', '--pool', all_drawings]),
        ('prompted-export', ['prompted.py', 'export', held, w / 'prompted', export / 'evaluator', '--pool', all_drawings]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('art', type=Path)
    parser.add_argument('work', type=Path)
    parser.add_argument('--unet-minutes', type=float, default=165, help='of part 1')
    parser.add_argument('--few-minutes', type=float, default=95, help='of part 2')
    parser.add_argument('--vae-minutes', type=float, default=15)
    parser.add_argument('--evaluator-minutes', type=float, default=70)
    parser.add_argument('--scenes', type=int, default=72000)
    parser.add_argument('--few-scenes', type=int, default=40000)
    parser.add_argument('--held', type=int, default=2000, help='scenes of held-out artists')
    parser.add_argument('--decoded', type=int, default=8000, help='scenes as the VAE gives them back, for the evaluator')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--steps', type=int, default=0, help='stop the UNet after so many steps in each part (rehearsal)')
    o = parser.parse_args()
    done = o.work / 'done'
    done.mkdir(parents=True, exist_ok=True)
    for name, command in stages(o):
        if (done / name).exists():
            continue
        print('>', *command, flush=True)
        run = subprocess.run([sys.executable, str(HERE / str(command[0])), *map(str, command[1:])])
        if run.returncode:
            raise SystemExit(f'{name} ({command[0]}) ended with {run.returncode}; run the same command again to go on from there')
        (done / name).touch()


if __name__ == '__main__':
    main()
