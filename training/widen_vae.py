"""Doubles the channels of an AutoencoderKL without changing what it computes (Net2Net, arXiv 1511.05641): every channel is copied
beside itself, and what reads the copies takes half of each. Groups of a group norm keep their mean and variance.

  python widen_vae.py VAE OUT [--noise 0.02]

The noise (relative to a weight's own spread, decoder only) lets the copies part in further training; grow_vae.py --whole does that.
Latents stay the same, so a UNet that was trained on them needs nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from diffusers import AutoencoderKL

from train_vae import build


def widened(old: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    new = old
    if new.shape[0] != shape[0]:
        new = new.repeat_interleave(2, 0)
    if new.ndim > 1 and new.shape[1] != shape[1]:
        new = new.repeat_interleave(2, 1) / 2
    assert new.shape == shape
    return new


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('vae', type=Path)
    parser.add_argument('out', type=Path)
    parser.add_argument('--noise', type=float, default=0.02)
    o = parser.parse_args()
    torch.manual_seed(0)
    narrow = AutoencoderKL.from_pretrained(o.vae, torch_dtype=torch.float32).eval()
    wide = build([2 * c for c in narrow.config.block_out_channels], narrow.config.latent_channels).eval()
    state = {name: widened(value, wide.state_dict()[name].shape) for name, value in narrow.state_dict().items()}
    wide.load_state_dict(state)
    x = torch.rand(1, 3, 128, 128) * 2 - 1
    with torch.no_grad():
        z = narrow.encode(x).latent_dist.mean
        print('latents differ by', float((wide.encode(x).latent_dist.mean - z).abs().max()),
              'pictures by', float((wide.decode(z).sample - narrow.decode(z).sample).abs().max()))
        for name, p in wide.decoder.named_parameters():
            if p.ndim == 4:
                p.add_(torch.randn_like(p) * p.std() * o.noise)
        print('with noise pictures differ by', float((wide.decode(z).sample - narrow.decode(z).sample).abs().max()))
    wide.save_pretrained(o.out)
    print(sum(p.numel() for p in wide.parameters()), 'parameters')


if __name__ == '__main__':
    main()
