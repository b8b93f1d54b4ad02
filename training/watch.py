"""Training only: two losses on the UNet's attention maps that make words and objects stand where they belong.

1. Words (TokenCompose, arXiv 2312.03626, its token loss): the cross-attention of a class or colour word lies inside the visible
   masks of its objects. Loss of a word in a layer: (1 - share of its attention inside)^2.
2. Instances: of what a pixel of an object attends to among all objects, its own object gets the most. Loss of a pixel in a
   layer: -log(mass on its own object / mass on all objects). What it gives to the background is left free.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention

from scenes import Mention

SMALLEST = 8
"""Instances have no cells of their own below this side (cells of latents of 16 x 16)."""


class AttentionWatch:
    """Records the attention maps of all layers while `on`, mean over heads. The arithmetic of the UNet stays the same."""

    def __init__(self, unet: UNet2DConditionModel):
        self.on = False
        self.words: list[torch.Tensor] = []  # [B, n, L] of every cross-attention
        self.pixels: list[torch.Tensor] = []  # [B, n, n] of every self-attention with SMALLEST x SMALLEST cells or more
        self.names = {part: name for name, part in unet.named_modules() if isinstance(part, Attention)}
        self.word_layers: list[str] = []  # names, in the order of the maps
        self.pixel_layers: list[str] = []
        unet.set_attn_processor(self)

    def __call__(self, attn: Attention, hidden_states: torch.Tensor, encoder_hidden_states: torch.Tensor | None = None,
                 attention_mask=None, temb=None) -> torch.Tensor:
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states

        def heads(y: torch.Tensor) -> torch.Tensor:
            return y.unflatten(-1, (attn.heads, -1)).transpose(1, 2)

        q, k, v = heads(attn.to_q(hidden_states)), heads(attn.to_k(context)), heads(attn.to_v(context))
        cross = encoder_hidden_states is not None
        if self.on and (cross or q.shape[2] >= SMALLEST ** 2):
            share = ((q @ k.transpose(-1, -2)).float() * attn.scale).softmax(-1)
            maps, layers = (self.words, self.word_layers) if cross else (self.pixels, self.pixel_layers)
            maps.append(share.mean(1))
            if len(layers) < len(maps):
                layers.append(self.names[attn].replace('.transformer_blocks.0', ''))
            out = share.to(v.dtype) @ v
        else:
            out = F.scaled_dot_product_attention(q, k, v)
        return attn.to_out[0](out.transpose(1, 2).flatten(2))

    def take(self) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        found = self.words, self.pixels
        self.words, self.pixels = [], []
        return found


def word_places(ids: torch.Tensor, mentions: list[list[Mention]], token: dict[str, int]) -> tuple[torch.Tensor, torch.Tensor, list[tuple[int, ...]]]:
    """ids [B, L] of the captions. Returns row and token position of each mention, [M] each, and its objects."""
    rows, places, objects = [], [], []
    for row, own in enumerate(mentions):
        line, at = ids[row].tolist(), 0
        for word, who in own:
            at = line.index(token[word], at)
            rows.append(row)
            places.append(at)
            objects.append(who)
            at += 1
    return torch.tensor(rows), torch.tensor(places), objects


def pooled(mask: torch.Tensor, cells: int) -> torch.Tensor:
    """mask [K, S, S] -> [K, cells], means of squares."""
    return F.avg_pool2d(mask[:, None], mask.shape[-1] // int(cells ** 0.5)).flatten(1)


def word_loss(maps: list[torch.Tensor], ids: torch.Tensor, mentions: list[list[Mention]], token: dict[str, int],
              owner: torch.Tensor) -> torch.Tensor:
    """owner [B, M + 1, S, S]: each object's share of a cell, the background last."""
    rows, places, objects = word_places(ids, mentions, token)
    if not len(rows):
        return torch.zeros(())
    masks = torch.stack([owner[r, list(o)].sum(0) for r, o in zip(rows.tolist(), objects)])
    total = torch.zeros(())
    for share in maps:
        mine = share[rows, :, places]
        inside = (mine * pooled(masks, mine.shape[1])).sum(1) / (mine.sum(1) + 1e-6)
        total = total + ((1 - inside) ** 2).mean()
    return total / len(maps)


def instance_loss(maps: list[torch.Tensor], owner: torch.Tensor) -> torch.Tensor:
    """owner as above; scenes of one object do not count."""
    objects = owner[:, :-1]
    several = ((objects.sum((2, 3)) > 0.5).sum(1) > 1).float()
    total = torch.zeros(())
    for share in maps:
        cells = share.shape[1]
        own = pooled(objects.flatten(0, 1), cells).unflatten(0, objects.shape[:2]).transpose(1, 2)  # [B, n, M]
        mass = share @ own
        mine, everything = (mass * own).sum(-1), mass.sum(-1)
        weight = own.sum(-1) * several[:, None]
        loss = -((mine + 1e-4) / (everything + 1e-4)).clamp(max=1).log()
        total = total + (loss * weight).sum() / weight.sum().clamp(min=1)
    return total / max(len(maps), 1)
