"""DDIM sampling of layouts with classifier-free guidance, as diffusers' GLIGEN pipeline does, and sample grids."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from diffusers import AutoencoderKL

from data import Batch
from model import scheduler


@torch.no_grad()
def sample(unet, context, empty, pooled, boxes, masks, steps: int = 25, guidance: float = 4.0, seed: int = 0) -> torch.Tensor:
    """context [B, L, D], empty [1, L, D], pooled [B, 30, D] -> latents [B, C, S, S]. pooled None: words alone, fusers off."""
    plan = scheduler()
    plan.set_timesteps(steps)
    b = len(context)
    x = torch.randn(b, unet.config.in_channels, unet.config.sample_size, unet.config.sample_size,
                    generator=torch.Generator().manual_seed(seed))
    both = torch.cat([empty.expand(b, -1, -1), context])
    grounding = None if pooled is None else {'gligen': {
        'boxes': torch.cat([boxes, boxes]), 'positive_embeddings': torch.cat([pooled, pooled]),
        'masks': torch.cat([torch.zeros_like(masks), masks])}}
    for t in plan.timesteps:
        with torch.autocast('cpu', torch.bfloat16):
            v = unet(torch.cat([x, x]), t, both, cross_attention_kwargs=grounding).sample.float()
        free, given = v.chunk(2)
        x = plan.step(free + guidance * (given - free), t, x).prev_sample
    return x


@torch.no_grad()
def grid(path: Path, vae: AutoencoderKL, latents: torch.Tensor, batch: Batch, columns: int = 8, pixels: int = 256) -> None:
    """Writes the pictures with their boxes and phrases drawn in, and the same pictures plain below."""
    y = vae.decode(latents / vae.config.scaling_factor).sample.clamp(-1, 1)
    pictures = ((y + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    plain, drawn = [], []
    for i, picture in enumerate(pictures):
        big = cv2.resize(np.ascontiguousarray(picture), (pixels, pixels), interpolation=cv2.INTER_CUBIC)
        plain.append(big.copy())
        for j, words in enumerate(batch.phrases[i]):
            x0, y0, x1, y1 = (batch.boxes[i, j].numpy() * big.shape[0]).round().astype(int).tolist()
            hue = tuple(int(v) for v in cv2.cvtColor(np.uint8([[[j * 37 % 180, 255, 220]]]), cv2.COLOR_HSV2RGB)[0, 0])
            cv2.rectangle(big, (x0, y0), (x1 - 1, y1 - 1), hue, 1)
            cv2.putText(big, words, (x0 + 1, max(y0 - 2, 9)), cv2.FONT_HERSHEY_SIMPLEX, 0.33, (0, 0, 0), 1, cv2.LINE_AA)
        drawn.append(big)
    rows = []
    for i in range(0, len(pictures), columns):
        rows += [np.concatenate(drawn[i:i + columns], 1), np.concatenate(plain[i:i + columns], 1)]
    cv2.imwrite(str(path), cv2.cvtColor(np.concatenate(rows, 0), cv2.COLOR_RGB2BGR))
