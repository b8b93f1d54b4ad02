"""Trains the AutoencoderKL on random crops of composed scenes, for a set number of minutes.

  python train_vae.py POOL WORK --minutes 16

Afterwards the latents are measured over whole scenes, and their mean and spread per channel are folded into quant_conv
and post_quant_conv, so that every channel of the mean has zero mean and unit variance over scenes (scaling_factor 1).
Writes WORK/vae (diffusers layout, float32) and WORK/vae.png (originals above reconstructions).
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

from muon import Muon


def build(channels: list[int], latent: int) -> AutoencoderKL:
    return AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=latent, block_out_channels=channels, layers_per_block=1,
        down_block_types=['DownEncoderBlock2D'] * len(channels), up_block_types=['UpDecoderBlock2D'] * len(channels),
        norm_num_groups=8, mid_block_add_attention=False, sample_size=128, scaling_factor=1.0,
    )


def loss_of(out: torch.Tensor, want: torch.Tensor) -> torch.Tensor:
    """L1, squared error, L1 of the horizontal and vertical differences (edges), and L1 at a quarter of the size (colour)."""
    total = F.l1_loss(out, want) + 2 * F.mse_loss(out, want)
    for dim in (2, 3):
        total = total + 0.5 * F.l1_loss(out.diff(dim=dim), want.diff(dim=dim))
    return total + 0.5 * F.l1_loss(F.avg_pool2d(out, 4), F.avg_pool2d(want, 4))


def show(vae: AutoencoderKL, images: np.ndarray, path: Path) -> float:
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        y = vae.decode(vae.encode(x).latent_dist.mean).sample.clamp(-1, 1)
    out = ((y + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    n = len(images) // 2
    rows = [np.concatenate(list(part), 1) for part in (images[:n], out[:n], images[n:], out[n:])]
    cv2.imwrite(str(path), cv2.cvtColor(np.concatenate(rows, 0), cv2.COLOR_RGB2BGR))
    return float(10 * torch.log10(4 / ((x - y) ** 2).mean()))


def whiten(vae: AutoencoderKL, images: np.ndarray) -> dict:
    """Folds mean and spread per latent channel into the 1x1 convolutions around the latent."""
    means = []
    with torch.no_grad():
        for i in range(0, len(images), 32):
            x = torch.from_numpy(images[i:i + 32]).permute(0, 3, 1, 2).float() / 127.5 - 1
            means.append(vae.encode(x).latent_dist.mean)
        z = torch.cat(means)
        mean, std = z.mean((0, 2, 3)), z.std((0, 2, 3))
        n = len(mean)
        quant, post = vae.quant_conv, vae.post_quant_conv
        # post_quant_conv sees std * z' + mean
        post.bias += post.weight[:, :, 0, 0] @ mean
        post.weight *= std.view(1, -1, 1, 1)
        quant.weight[:n] /= std.view(-1, 1, 1, 1)
        quant.bias[:n] = (quant.bias[:n] - mean) / std
        quant.bias[n:] -= 2 * std.log()
    return {'mean': mean.tolist(), 'std': std.tolist()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pool', type=Path)
    parser.add_argument('work', type=Path)
    parser.add_argument('--minutes', type=float, default=16)
    parser.add_argument('--channels', type=int, nargs='+', default=[24, 48, 96, 128])
    parser.add_argument('--latent', type=int, default=8)
    parser.add_argument('--batch', type=int, default=32)
    parser.add_argument('--crop', type=int, default=64)
    parser.add_argument('--shrink', type=int, default=1, help='train on scenes shrunk by this factor')
    parser.add_argument('--muon', action='store_true')
    parser.add_argument('--kl', type=float, default=1e-4)
    parser.add_argument('--init', type=Path)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--rate', type=float, default=2e-3)
    parser.add_argument('--compile', action='store_true')
    options = parser.parse_args()
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    torch.set_num_threads(options.threads)
    whole = np.load(options.pool / 'image.npy', mmap_mode='r')
    k = options.shrink
    images = whole if k == 1 else np.stack(
        [cv2.resize(p, None, fx=1 / k, fy=1 / k, interpolation=cv2.INTER_AREA) for p in whole[:24000]])
    start_from = AutoencoderKL.from_pretrained(options.init) if options.init else build(options.channels, options.latent)
    vae = start_from.train().to(memory_format=torch.channels_last)
    print('parameters', sum(p.numel() for p in vae.parameters()), flush=True)
    inside = [p for n, p in vae.named_parameters() if options.muon and p.ndim == 4 and 'conv_in' not in n and 'quant' not in n]
    known = {id(p) for p in inside}
    other = [p for p in vae.parameters() if id(p) not in known]
    optimizers = [torch.optim.AdamW(other, lr=options.rate, weight_decay=1e-3, betas=(0.9, 0.98), fused=True)]
    optimizers += [Muon(inside, options.rate)] if inside else []
    start, step, seen = time.time(), 0, []
    budget = options.minutes * 60

    def forward(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.autocast('cpu', torch.bfloat16):
            dist = vae.encode(x).latent_dist
            mean, logvar = dist.mean.float(), dist.logvar.float()
            z = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
            out = vae.decode(z).sample.float()
        kl = 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).mean()
        return loss_of(out, x), kl

    run = torch.compile(forward) if options.compile else forward
    (options.work).mkdir(parents=True, exist_ok=True)
    while True:
        done = (time.time() - start) / budget
        if done >= 1:
            break
        rate = options.rate * min(1, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group['lr'] = rate
        c = options.crop
        parts = []
        for _ in range(options.batch):
            while True:
                y, x = rng.integers(0, images.shape[1] + 1 - c, 2)
                part = images[rng.integers(len(images)), y:y + c, x:x + c]
                # flat crops teach little
                if part.std() > 8 or rng.random() < 0.1:
                    break
            parts.append(part)
        x = torch.from_numpy(np.stack(parts)).permute(0, 3, 1, 2).float() / 127.5 - 1
        recon, kl = run(x.contiguous(memory_format=torch.channels_last))
        (recon + options.kl * kl).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        if step == 1:
            start = time.time()  # compiling does not count
        seen.append((float(recon.detach()), float(kl.detach())))
        if step % 100 == 0:
            r, k = np.mean(seen, 0)
            seen = []
            print(json.dumps({'step': step, 'samples_s': round(step * options.batch / (time.time() - start), 1),
                              'loss': round(r, 4), 'kl': round(k, 3), 'rate': round(rate, 5)}), flush=True)
        if step % 1000 == 0:
            vae.save_pretrained(options.work / 'vae-early')
    vae.eval()
    psnr = show(vae, np.array(images[:16]), options.work / 'vae.png')
    stats = whiten(vae, np.array(images[:2048]))
    again = show(vae, np.array(images[:16]), options.work / 'vae.png')
    print(json.dumps({'psnr': psnr, 'psnr_folded': again, **stats}), flush=True)
    vae.save_pretrained(options.work / 'vae')


if __name__ == '__main__':
    main()
