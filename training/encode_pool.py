"""Encodes a pool's images: POOL/latents.npy (float16 posterior means). The row count done so far stands in POOL/encoded.json.

  python encode_pool.py POOL VAE_FOLDER [--count N] [--first N]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from diffusers import AutoencoderKL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pool', type=Path)
    parser.add_argument('vae', type=Path)
    parser.add_argument('--first', type=int, default=0)
    parser.add_argument('--count', type=int, default=0)
    parser.add_argument('--shrink', type=int, default=1)
    parser.add_argument('--threads', type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    vae = AutoencoderKL.from_pretrained(options.vae).eval().to(memory_format=torch.channels_last)
    images = np.load(options.pool / 'image.npy', mmap_mode='r')
    count = options.count or len(images)
    pixels = images.shape[1] // options.shrink
    side = pixels // 2 ** (len(vae.config.block_out_channels) - 1)
    path = options.pool / 'latents.npy'
    if options.first == 0:
        np.lib.format.open_memmap(path, 'w+', np.float16, (len(images), vae.config.latent_channels, side, side))
    out = np.load(path, mmap_mode='r+')

    def encode(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast('cpu', torch.bfloat16):
            return vae.encode(x).latent_dist.mean * vae.config.scaling_factor

    with torch.inference_mode():
        for i in range(options.first, count, 64):
            part = np.zeros((64, pixels, pixels, 3), np.uint8)
            n = min(64, count - i)
            for j in range(n):
                part[j] = cv2.resize(images[i + j], (pixels, pixels), interpolation=cv2.INTER_AREA)
            x = torch.from_numpy(part).permute(0, 3, 1, 2).float() / 127.5 - 1
            out[i:i + n] = encode(x.contiguous(memory_format=torch.channels_last)).float().numpy()[:n]
            if (i // 64) % 16 == 15 or i + 64 >= count:
                (options.pool / 'encoded.json').write_text(json.dumps({'done': i + n}))


if __name__ == '__main__':
    main()
