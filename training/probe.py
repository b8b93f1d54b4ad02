"""What a model's words, boxes and attention maps carry, before any bench: the figures that say whether an objective on attention
maps can work at all.

  python probe.py MODEL POOL [--scenes 96]

MODEL: a diffusers folder (an export). POOL: scenes of make_pool.py, encoded; the rows that training never draws are used. Prints
  words / boxes   ||v(true) - v(other classes in the caption)|| over ||v(true) - v(the same other classes in the boxes' phrases)||, t = 901
  density         of a class word's cross-attention (mean over heads): mean in its own object's cells over mean in other objects' cells,
                  t = 700, per layer; of the grounding tokens likewise
  lift            of a self-attention row (mean over heads): mean in its own object's cells over mean in other objects' cells, t = 700
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextModel

from data import Pool
from model import FuserWatch, scheduler
from scenes import CLASSES, MAX_OBJECTS, plural, vocabulary_words
from train import Text
from watch import AttentionWatch, pooled as pooled_mask, word_places
from words import load_tokenizer


def between(maps: torch.Tensor, own: torch.Tensor, other: torch.Tensor) -> float:
    """Mean of a map over the cells of one mask by its mean over those of another. [K, n] each; rows without both are left out."""
    use = (own.sum(1) > 0.5) & (other.sum(1) > 0.5)
    inside, outside = (maps * own).sum(1) / own.sum(1).clamp(min=1e-6), (maps * other).sum(1) / other.sum(1).clamp(min=1e-6)
    return round(float(inside[use].mean() / outside[use].mean()), 3)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', type=Path)
    parser.add_argument('pool', type=Path)
    parser.add_argument('--scenes', type=int, default=96)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--no-boxes', action='store_true', help='the maps of words alone, fusers off')
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    tokenizer = load_tokenizer(o.model / 'tokenizer')
    unet = UNet2DConditionModel.from_pretrained(o.model / 'unet', torch_dtype=torch.float32).eval()
    text = Text(CLIPTextModel.from_pretrained(o.model / 'text_encoder', torch_dtype=torch.float32).eval(), tokenizer)
    fusers, watch = FuserWatch(unet), AttentionWatch(unet)
    pool, rng = Pool(o.pool), np.random.default_rng(5)
    several = np.flatnonzero((pool.counts[:256] > 1) & (pool.counts[:256] < 5))[:o.scenes]
    b = pool.batch(several[np.argsort(pool.counts[several], kind='stable')], rng)
    n = len(b.latents)
    alphas = scheduler().alphas_cumprod
    context, slots = text.context(b.captions), text.pooled(b.phrases)
    # every class is another one, the same in caption and phrases; colours, counts and backgrounds stay
    turned = {name: CLASSES[(i + 1 + int(rng.integers(len(CLASSES) - 1))) % len(CLASSES)] for i, name in enumerate(CLASSES)}
    turned |= {plural(i, -1): plural(CLASSES.index(turned[name]), -1) for i, name in enumerate(CLASSES) if plural(i, -1) != name}

    def swap(words: str) -> str:
        return re.sub(r'\w+', lambda found: turned.get(found[0], found[0]), words)

    other_context = text.context([swap(caption) for caption in b.captions])
    other_slots = text.pooled([[swap(phrase) for phrase in row] for row in b.phrases])

    def predict(t: int, ctx: torch.Tensor, phrases: torch.Tensor) -> torch.Tensor:
        noise = torch.randn(b.latents.shape, generator=torch.Generator().manual_seed(t))
        x = alphas[t].sqrt() * b.latents + (1 - alphas[t]).sqrt() * noise
        grounding = None if o.no_boxes else {'gligen': {'boxes': b.boxes, 'positive_embeddings': phrases, 'masks': b.masks}}
        return unet(x, t, ctx, cross_attention_kwargs=grounding).sample

    out: dict[str, object] = {'scenes': n}
    true = predict(901, context, slots)
    if not o.no_boxes:
        words = (predict(901, other_context, slots) - true).flatten(1).norm(dim=1).mean()
        boxes = (predict(901, context, other_slots) - true).flatten(1).norm(dim=1).mean()
        out['words / boxes'] = round(float(words / boxes), 3)
    watch.on = fusers.on = True
    fusers.found = []
    predict(700, context, slots)
    word_maps, pixel_maps = watch.take()
    token = {word: tokenizer.convert_tokens_to_ids(f'{word}</w>') for word in vocabulary_words()}
    classes = [[(word, who) for word, who in row if word in CLASSES] for row in b.mentions]
    rows, places, objects = word_places(text.ids(b.captions, tokenizer.model_max_length), classes, token)
    everything = b.owner[:, :MAX_OBJECTS]
    mine = torch.stack([everything[r, list(who)].sum(0) for r, who in zip(rows.tolist(), objects)])
    theirs = everything[rows].sum(1) - mine

    def density(maps: torch.Tensor) -> float:
        return between(maps, pooled_mask(mine, maps.shape[1]), pooled_mask(theirs, maps.shape[1]))

    def side(maps: torch.Tensor) -> int:
        return int(maps.shape[1] ** 0.5)

    out['density of class words'] = {f'{name} {side(m)}': density(m[rows, :, places]) for name, m in zip(watch.word_layers, word_maps)}
    fine = [m[rows, :, places] for m in word_maps if side(m) == b.latents.shape[-1]]
    out['density of class words, mean map of the largest layers'] = density(torch.stack([m / m.sum(1, keepdim=True) for m in fine]).mean(0))
    if not o.no_boxes:
        first = torch.tensor([who[0] for who in objects])
        out['density of grounding tokens'] = {
            f'{name} {side(m)}': density(m[rows, :, first]) for name, (m, _) in zip(watch.word_layers, fusers.found)}
    lifts = {}
    for name, m in zip(watch.pixel_layers, pixel_maps, strict=True):
        cells = side(m)
        own = pooled_mask(everything.flatten(0, 1), cells * cells).unflatten(0, (n, MAX_OBJECTS))
        hard = torch.where(own > 0.5, 1.0, 0.0)
        seen = hard.sum(2)
        inside = torch.einsum('bmi,bij,bmj->bm', hard, m, hard) / (seen * seen).clamp(min=1)
        total = hard.sum(1, keepdim=True) - hard
        outside = torch.einsum('bmi,bij,bmj->bm', hard, m, total) / (seen * total.sum(2)).clamp(min=1)
        use = (seen > 1) & (total.sum(2) > 1)
        lifts[f'{name} {cells}'] = round(float(inside[use].mean() / outside[use].mean()), 3)
    out['lift of self-attention'] = lifts
    print(json.dumps(out, indent=1))


if __name__ == '__main__':
    main()
