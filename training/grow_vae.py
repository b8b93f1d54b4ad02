"""Fits the shipped 128x128 AutoencoderKL (factor 8) to the latents of the quick 64x64 one (factor 4), for some minutes.

Stage 1 (train_vae.py --shrink 2) fixes the latents, so that the UNet can start; this stage learns the full-size encoder
and decoder for the same latents meanwhile. The decoder sees the teacher's latents with a little noise, as the UNet's are
never exact; the encoder is taught to give the teacher's latents.

  python grow_vae.py POOL WORK --teacher WORK/vae64 --part decoder --minutes 15
  python grow_vae.py POOL WORK --teacher WORK/vae64 --part encoder --minutes 5 --init WORK/vae128
  python grow_vae.py POOL WORK --teacher WORK/vae64 --part decoder --whole --minutes 20 --init WORK/vae128   later, sharper
  python grow_vae.py POOL WORK --part decoder --whole --perceptual 0.5 --minutes 60 --init WIDE      after widen_vae.py
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

from backbone import Backbone, padded
from muon import Muon
from train_vae import build, loss_of


def start_from(teacher: AutoencoderKL, channels: list[int]) -> AutoencoderKL:
    """The student: the teacher's weights wherever a layer of the same place and shape exists, at one level deeper."""
    student = build(channels, teacher.config.latent_channels)
    old, new = teacher.state_dict(), student.state_dict()
    for name, value in old.items():
        place = name
        if name.startswith('encoder.down_blocks.'):  # encoder levels move one down; decoder levels keep their number
            level, rest = name.removeprefix('encoder.down_blocks.').split('.', 1)
            place = f'encoder.down_blocks.{int(level) + 1}.{rest}'
        if place in new and new[place].shape == value.shape:
            new[place] = value.clone()
    student.load_state_dict(new)
    # the new decoder level starts as plain enlarging, the new encoder level as plain shrinking
    last = len(channels) - 1
    with torch.no_grad():
        for resnet in [*student.decoder.up_blocks[last].resnets, *student.encoder.down_blocks[0].resnets]:
            resnet.conv2.weight.zero_()
            resnet.conv2.bias.zero_()
        enlarge = student.decoder.up_blocks[last - 1].upsamplers[0].conv
        enlarge.weight.zero_()
        enlarge.weight[:, :, 1, 1] = torch.eye(channels[0])
        enlarge.bias.zero_()
        student.encoder.conv_in.weight.zero_()
        student.encoder.conv_in.bias.zero_()
        for i in range(3):
            student.encoder.conv_in.weight[i, i, 1, 1] = 1
        shrink = student.encoder.down_blocks[0].downsamplers[0].conv
        shrink.weight.zero_()
        shrink.bias.copy_(teacher.encoder.conv_in.bias)
        whole = F.pad(teacher.encoder.conv_in.weight.sum((2, 3)), (0, channels[0] - 3))
        shrink.weight[:, :, :2, :2] = whole[:, :, None, None] / 4
    return student


class Features:
    """Early features of a network trained on photographs (strides 2, 4 and 8), in place of LPIPS, whose weights need a download.
    It never sees the evaluator that judges the pictures."""

    def __init__(self) -> None:
        self.net = Backbone().start().eval().requires_grad_(False)

    def of(self, x: torch.Tensor) -> list[torch.Tensor]:
        net, out = self.net, []
        y = torch.cat([((x + 1) * 127.5 - 127) / 128, torch.zeros_like(x[:, :1])], 1)
        y = F.relu6(net._bn0(padded(y, net._conv_stem)))
        for i, block in enumerate(net._blocks[:5]):
            y = block(y)
            if i in (0, 2, 4):
                out.append(y)
        return out

    def distance(self, have: torch.Tensor, want: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            there = self.of(want)
        total = torch.zeros(())
        for a, b in zip(self.of(have), there):
            scale = b.std((0, 2, 3), keepdim=True).clamp(min=0.1)
            total = total + ((a - b) / scale).abs().mean()
        return total / len(there)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pool', type=Path)
    parser.add_argument('work', type=Path)
    parser.add_argument('--teacher', type=Path, help='needed without --init')
    parser.add_argument('--init', type=Path)
    parser.add_argument('--minutes', type=float, default=15)
    parser.add_argument('--channels', type=int, nargs='+', default=[16, 16, 32, 96])
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--cells', type=int, default=8, help='crop size in latent pixels')
    parser.add_argument('--rate', type=float, default=2e-3)
    parser.add_argument('--noise', type=float, default=0.05)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--part', choices=['decoder', 'encoder'], default='decoder')
    parser.add_argument('--whole', action='store_true', help='the whole decoder learns, not its last two levels alone')
    parser.add_argument('--perceptual', type=float, default=0.0, help='weight of the distance of features trained on photographs')
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    images = np.load(options.pool / 'image.npy', mmap_mode='r')
    latents = np.load(options.pool / 'latents.npy', mmap_mode='r')
    count = json.loads((options.pool / 'encoded.json').read_text())['done']
    teacher = AutoencoderKL.from_pretrained(options.teacher).eval() if options.teacher else None
    features = Features() if options.perceptual else None
    student = AutoencoderKL.from_pretrained(options.init) if options.init else start_from(teacher, options.channels)
    if not options.init:
        options.work.mkdir(parents=True, exist_ok=True)
        student.save_pretrained(options.work / 'vae128')
    student = student.train().to(memory_format=torch.channels_last)
    for name, p in student.named_parameters():
        part, _, rest = name.partition('.')
        early = rest.startswith(('conv_in', 'mid_block', 'up_blocks.0', 'up_blocks.1')) and not options.whole
        fixed = early if part == 'decoder' else part == 'post_quant_conv'
        p.requires_grad_(not fixed and (part in ('encoder', 'quant_conv')) == (options.part == 'encoder'))
    inside = [p for n, p in student.named_parameters() if p.requires_grad and p.ndim == 4 and 'conv_in' not in n and 'quant' not in n]
    known = {id(p) for p in inside}
    optimizers = [torch.optim.AdamW([p for p in student.parameters() if p.requires_grad and id(p) not in known], lr=options.rate,
                                    betas=(0.9, 0.98), weight_decay=1e-3, fused=True), Muon(inside, options.rate)]

    def forward(x: torch.Tensor, z: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nothing = torch.zeros(())
        with torch.autocast('cpu', torch.bfloat16):
            if options.part == 'decoder':
                d = student.decoder
                # the CPU's group norm backward crashes (torch 2.9.1) where only its weights need a gradient
                with torch.set_grad_enabled(options.whole):
                    h = d.mid_block(d.conv_in(student.post_quant_conv((z + noise).requires_grad_(options.whole))))
                    for block in d.up_blocks[:2]:
                        h = block(h)
                if not options.whole:
                    h = h.detach().requires_grad_()
                for block in d.up_blocks[2:]:
                    h = block(h)
                y = d.conv_out(d.conv_act(d.conv_norm_out(h))).float()
                loss = loss_of(y, x)
                return (loss + options.perceptual * features.distance(y, x) if features else loss), nothing
            moments = student.encode(x.requires_grad_()).latent_dist
        guess, spread = moments.mean.float(), moments.logvar.float()
        return nothing, F.mse_loss(guess, z) + 0.01 * ((spread + 5) ** 2).mean()

    start, step, seen, side, c = time.time(), 0, [], latents.shape[-1], options.cells
    options.work.mkdir(parents=True, exist_ok=True)
    while True:
        done = (time.time() - start) / (options.minutes * 60)
        if done >= 1:
            break
        rate = options.rate * min(1, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        xs, zs = [], []
        while len(xs) < options.batch:
            row = rng.integers(256, count)
            y, x = rng.integers(0, side + 1 - c, 2)
            part = images[row, y * 8:(y + c) * 8, x * 8:(x + c) * 8]
            if part.std() > 8 or rng.random() < 0.1:
                xs.append(part)
                zs.append(latents[row, :, y:y + c, x:x + c])
        x = (torch.from_numpy(np.stack(xs)).permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        z = torch.from_numpy(np.stack(zs)).float()
        noise = torch.randn_like(z) * options.noise * torch.rand(len(z), 1, 1, 1) * 2
        recon, taught = forward(x, z, noise)
        (recon + taught).backward()
        torch.nn.utils.clip_grad_norm_([p for p in student.parameters() if p.requires_grad], 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group['lr'] = rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        seen.append((float(recon.detach()), float(taught.detach())))
        if step % 100 == 0:
            r, k = np.mean(seen, 0)
            seen = []
            print(json.dumps({'step': step, 'samples_s': round(step * options.batch / (time.time() - start), 1),
                              'recon': round(r, 4), 'taught': round(k, 4)}), flush=True)
        if step % 500 == 0:
            student.save_pretrained(options.work / 'vae128')
    student.eval()
    student.save_pretrained(options.work / 'vae128')
    x = torch.from_numpy(np.array(images[:16])).permute(0, 3, 1, 2).float() / 127.5 - 1
    z = torch.from_numpy(np.array(latents[:16])).float()
    with torch.no_grad():
        pictures = [x, student.decode(z).sample.clamp(-1, 1), student.decode(student.encode(x).latent_dist.mean).sample.clamp(-1, 1)]
        if teacher:
            pictures.append(F.interpolate(teacher.decode(z).sample, x.shape[2:], mode='bicubic').clamp(-1, 1))
    for name, y in zip(('from the given latents', 'from its own latents', 'teacher, enlarged'), pictures[1:]):
        print(name, 'PSNR', float(10 * torch.log10(4 / ((x - y) ** 2).mean())))
    rows = []
    for part in (slice(0, 8), slice(8, 16)):
        for y in pictures:
            rows.append(np.concatenate(list(((y[part] + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()), 1))
    cv2.imwrite(str(options.work / 'vae128.png'), cv2.cvtColor(np.concatenate(rows, 0), cv2.COLOR_RGB2BGR))


if __name__ == '__main__':
    main()
