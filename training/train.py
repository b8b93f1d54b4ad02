"""Trains the UNet and the text encoder on an encoded pool. Resumable; time-based schedule.

--stage text: text to image with the fusers off (GLIGEN's base model). --stage grounding: the fusers and the position net alone,
everything else frozen, as GLIGEN was trained. --stage joint: all at once, the recipe of the first embedded model.

  python train.py POOL WORK --vae FOLDER --minutes 85                      starts from nothing, or resumes from WORK/last.pt
  python train.py POOL WORK --vae FOLDER --minutes 60 --init assets/models/clipart-128   starts from an export
  python train.py POOL WORK --vae FOLDER --minutes 136 --after OTHER/last.pt --clock 45  goes on from another run, on another pool
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel

from data import VALIDATION, Batch, Pool
from model import SLOTS, FuserWatch, build_text_encoder, build_unet, scheduler
from muon import Muon
from sampling import grid, sample
from scenes import vocabulary_words
from watch import AttentionWatch, instance_loss, word_loss
from words import load_tokenizer, write_tokenizer


class Text:
    """Captions to encoder states, and phrases to pooled states in the grounding slots, as the pipeline makes them."""

    def __init__(self, model: CLIPTextModel, tokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.cache: dict[str, list[int]] = {}

    def ids(self, texts: list[str], length: int | None) -> torch.Tensor:
        for text in texts:
            if text not in self.cache:
                if len(self.cache) > 500_000:
                    self.cache.clear()
                self.cache[text] = self.tokenizer(text, truncation=True).input_ids
        rows = [self.cache[text] for text in texts]
        length = length or max(map(len, rows))
        return torch.tensor([r + [self.tokenizer.pad_token_id] * (length - len(r)) for r in rows], device=self.model.device)

    def context(self, captions: list[str]) -> torch.Tensor:
        unique = list(dict.fromkeys(captions))
        index = {text: i for i, text in enumerate(unique)}
        states = self.model(self.ids(unique, self.tokenizer.model_max_length)).last_hidden_state
        return states[[index[text] for text in captions]]

    def pooled(self, phrases: list[list[str]]) -> torch.Tensor:
        unique = list(dict.fromkeys(p for row in phrases for p in row)) or ['']
        index = {text: i for i, text in enumerate(unique)}
        states = self.model(self.ids(unique, None)).pooler_output
        states = torch.cat([states, torch.zeros_like(states[:1])])
        rows = [[index[p] for p in row] + [len(unique)] * (SLOTS - len(row)) for row in phrases]
        return states[torch.tensor(rows)]


def is_grounding(name: str) -> bool:
    """Whether a UNet parameter is one that GLIGEN adds."""
    return '.fuser.' in name or name.startswith('position_net.')


def optimizers(unet: nn.Module, text: nn.Module, watch: nn.Module, rate: float, muon: float) -> list[torch.optim.Optimizer]:
    inside, other = [], []
    for name, p in [*unet.named_parameters(), *text.named_parameters()]:
        if not p.requires_grad:
            continue
        matrix = p.ndim >= 2 and 'embed' not in name and 'conv_in' not in name and 'conv_out' not in name
        (inside if muon > 0 and matrix else other).append(p)
    out: list[torch.optim.Optimizer] = [
        torch.optim.AdamW([*other, *watch.readouts.parameters()], lr=rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)]
    return out + ([Muon(inside, muon)] if inside else [])


class OtherWork:
    """How many cores other processes used since the last call (Linux; 0 elsewhere)."""

    def __init__(self) -> None:
        self.last = self._now()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        stat = Path('/proc/stat')
        if not stat.exists():
            return time.time(), 0.0, 0.0
        user, nice, system, *rest = (int(v) / os.sysconf('SC_CLK_TCK') for v in stat.read_text().split('\n', 1)[0].split()[1:8])
        return time.time(), user + nice + system + sum(rest[2:]), time.process_time()

    def busy(self) -> float:
        now, was = self._now(), self.last
        self.last = now
        return max(0.0, (now[1] - was[1]) - (now[2] - was[2])) / max(now[0] - was[0], 1e-3)


class Trainer:
    def __init__(self, options: argparse.Namespace):
        self.o = options
        options.work.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(options.seed)
        self.rng = np.random.default_rng(options.seed)
        self.pool = Pool(options.pool)
        self.vae = AutoencoderKL.from_pretrained(options.vae).eval()
        latent, size = self.pool.latents.shape[1:3]
        if options.init:
            tokenizer = load_tokenizer(options.init / 'tokenizer')
            unet = UNet2DConditionModel.from_pretrained(options.init / 'unet', torch_dtype=torch.float32)
            text = CLIPTextModel.from_pretrained(options.init / 'text_encoder', torch_dtype=torch.float32)
        else:
            write_tokenizer(options.work / 'tokenizer')
            tokenizer = load_tokenizer(options.work / 'tokenizer')
            text = build_text_encoder(tokenizer, options.width, options.text_layers)
            unet = build_unet(options.channels, latent, size, options.width, options.heads, options.groups, options.layers,
                              options.plain_down, options.plain_up)
        tokenizer.save_pretrained(options.work / 'tokenizer')
        self.unet, self.model = unet.train().to(memory_format=torch.channels_last), text.train()
        self.text = Text(text, tokenizer)
        self.token = {word: tokenizer.convert_tokens_to_ids(f'{word}</w>') for word in vocabulary_words()}
        self.watch, self.attention = FuserWatch(unet), AttentionWatch(unet)
        self.params = [*unet.parameters(), *text.parameters()]
        self.ema = [p.detach().clone() for p in self.params]
        for name, p in unet.named_parameters():
            p.requires_grad_(options.stage == 'joint' or is_grounding(name) == (options.stage == 'grounding'))
        text.requires_grad_(options.stage != 'grounding')
        self.optimizers = optimizers(unet, text, self.watch, options.rate, options.muon_rate)
        self.alphas = scheduler().alphas_cumprod
        self.others = OtherWork()
        self.step = self.samples = 0
        self.elapsed = 0.0
        self.core = torch.compile(self._core) if options.compile else self._core
        self.log_path = options.work / 'log.jsonl'
        if (options.work / 'last.pt').exists() and not options.fresh:
            self.load(options.work / 'last.pt')
        elif options.after:
            self.load(options.after, options.new_optimizers)
            self.elapsed = options.clock * 60
        rows = np.arange(min(VALIDATION, 96))
        rows = rows[np.argsort(self.pool.counts[rows], kind='stable')]  # neighbours have as many objects
        self.check = self.pool.batch(rows, np.random.default_rng(5))
        self.show = self.pool.batch(np.arange(100, 116), np.random.default_rng(6))

    def _core(self, x, t, context, boxes, masks, pooled, target, weight, owner, keep):
        self.watch.found = []
        v = self.unet(x, t, context, cross_attention_kwargs=self.grounding(boxes, pooled, masks)).sample.float()
        found, self.watch.found = self.watch.found, []
        attend, place = self.watch.losses(found, owner, keep)
        error = ((v - target) ** 2).mean((1, 2, 3))
        return (error * weight).mean(), error, attend, place

    def grounding(self, boxes, pooled, masks) -> dict | None:
        """None switches the fusers off (diffusers' BasicTransformerBlock)."""
        if self.o.stage == 'text':
            return None
        return {'gligen': {'boxes': boxes, 'positive_embeddings': pooled, 'masks': masks}}

    def noisy(self, latents: torch.Tensor, t: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        a = self.alphas[t].view(-1, 1, 1, 1)
        return a.sqrt() * latents + (1 - a).sqrt() * noise, a.sqrt() * noise - (1 - a).sqrt() * latents

    def times(self, n: int) -> torch.Tensor:
        """Stratified, with less of the nearly clean end and more of 300 to 900, where layout and shapes are decided."""
        u = ((torch.arange(n) + torch.rand(n)) / n)[torch.randperm(n)]
        again = torch.rand(n) < 0.35
        return torch.where(again, 300 + 600 * torch.rand(n), 1000 * u ** 0.85).long().clamp(0, 999)

    def train_step(self, done: float) -> dict[str, float]:
        o = self.o
        early = 0.0 if o.init else max(0.0, 1 - done / 0.5)
        joint = o.stage == 'joint'
        rows = self.pool.pick(o.batch, self.rng, max(0.2, 0.7 * (1 - done / 0.12)) if joint and not o.init else 0.0)
        if joint:
            batch = self.pool.batch(rows, self.rng, 0.15 + 0.35 * early, 0.12)
        else:  # captions are never dropped while boxes are given, so that both count
            batch = self.pool.batch(rows, self.rng, 0.1 if o.stage == 'text' else 0.0, 0.0 if o.stage == 'text' else 0.05)
        t = self.times(o.batch)
        x, target = self.noisy(batch.latents, t, torch.randn_like(batch.latents))
        snr = self.alphas[t] / (1 - self.alphas[t])
        weight = (snr + 1).clamp(max=5) / (snr + 1)
        share = 0.0 if o.stage == 'text' else 1.0 if done < 0.3 else max(0.0, 1 - (done - 0.3) / 0.15)
        self.watch.on = share > 0
        self.attention.on = o.stage != 'grounding' and (o.words > 0 or o.instances > 0)
        with torch.autocast('cpu', torch.bfloat16):
            context = self.text.context(batch.captions)
            pooled = None if o.stage == 'text' else self.text.pooled(batch.phrases)
            if o.stage == 'grounding':  # the place from the box, the class from the words
                unnamed = torch.rand(batch.masks.shape) < o.unnamed
                pooled = torch.where(unnamed[..., None], self.unet.position_net.null_positive_feature.to(pooled.dtype), pooled)
            loss, error, attend, place = self.core(
                x.contiguous(memory_format=torch.channels_last), t, context, batch.boxes, batch.masks, pooled, target,
                weight, batch.owner, batch.keep)
        words, pixels = self.attention.take()
        self.attention.on = False
        worded = instanced = torch.zeros(())
        if words:
            ids = self.text.ids(batch.captions, self.text.tokenizer.model_max_length)
            worded = word_loss(words, ids, batch.mentions, self.token, batch.owner)
            instanced = instance_loss(pixels, batch.owner)
        (loss + share * (o.attend * attend + o.place * place) + o.words * worded + o.instances * instanced).backward()
        self.watch.on = False
        norm = float(torch.nn.utils.clip_grad_norm_([p for p in self.params if p.requires_grad], 1.0))
        scale = min(1, (self.step + 1) / o.warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, done))))
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group['lr'] = (o.muon_rate if isinstance(optimizer, Muon) else o.rate) * scale
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.samples += o.batch
        torch._foreach_lerp_(self.ema, [p.detach() for p in self.params], 1 - min(0.998, (1 + self.step) / (10 + self.step)))
        return {'loss': float(error.detach().mean()), 'weighted': float(loss.detach()), 'attend': float(attend.detach()),
                'place': float(place.detach()), 'words': float(worded.detach()), 'instances': float(instanced.detach()), 'norm': norm}

    def swap(self) -> None:
        for p, e in zip(self.params, self.ema):
            p.data, e.data = e.data, p.data

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Losses at two noise levels: as is; with a neighbour's layout; with its caption; and both for empty captions."""
        b, out = self.check, {}
        other = torch.arange(len(b.latents)).roll(1)
        with torch.autocast('cpu', torch.bfloat16):
            context, empty = self.text.context(b.captions), self.text.context([''] * len(b.captions))
            pooled = self.text.pooled(b.phrases)
        boxes_only = b.boxes[other]
        words_alone = self.o.stage == 'text'
        for level in (900, 600):
            t = torch.full((len(b.latents),), level)
            x, target = self.noisy(b.latents, t, torch.randn(b.latents.shape, generator=torch.Generator().manual_seed(level)))
            for name, ctx, boxes, masks, pool in (
                ('true', context, b.boxes, b.masks, pooled), ('boxes', context, boxes_only, b.masks[other], pooled),
                ('caption', context[other], b.boxes, b.masks, pooled), ('bare', empty, b.boxes, b.masks, pooled),
                ('bare_boxes', empty, boxes_only, b.masks[other], pooled),
            ):
                if words_alone and 'boxes' in name:
                    continue
                total = 0.0
                for i in range(0, len(x), 32):
                    s = slice(i, i + 32)
                    with torch.autocast('cpu', torch.bfloat16):
                        v = self.unet(x[s], t[s], ctx[s], cross_attention_kwargs=self.grounding(
                            boxes[s], pool[s], masks[s])).sample.float()
                    total += float(((v - target[s]) ** 2).mean((1, 2, 3)).sum())
                out[f'{name}_{level}'] = round(total / len(x), 5)
            out[f'word_gain_{level}'] = round(out[f'caption_{level}'] - out[f'true_{level}'], 5)
            if not words_alone:
                out[f'gain_{level}'] = round(out[f'boxes_{level}'] - out[f'true_{level}'], 5)
                out[f'bare_gain_{level}'] = round(out[f'bare_boxes_{level}'] - out[f'bare_{level}'], 5)
        return out

    @torch.no_grad()
    def picture(self) -> None:
        b = self.show
        with torch.autocast('cpu', torch.bfloat16):
            context, empty = self.text.context(b.captions), self.text.context([''])
            pooled = None if self.o.stage == 'text' else self.text.pooled(b.phrases)
        latents = sample(self.unet, context, empty, pooled, b.boxes, b.masks)
        grid(self.o.work / f'grid-{self.step:06d}.png', self.vae, latents, b)

    def save(self, path: Path) -> None:
        part = path.with_suffix('.part')
        torch.save({
            'unet': self.unet.state_dict(), 'text': self.model.state_dict(), 'watch': self.watch.state_dict(), 'ema': self.ema,
            'unet_config': dict(self.unet.config), 'text_config': self.model.config.to_dict(), 'step': self.step,
            'samples': self.samples, 'elapsed': self.elapsed, 'optimizers': [o.state_dict() for o in self.optimizers],
        }, part)
        part.replace(path)

    def load(self, path: Path, new_optimizers: bool = False) -> None:
        saved = torch.load(path, weights_only=False)
        self.unet.load_state_dict(saved['unet'])
        self.model.load_state_dict(saved['text'])
        self.watch.load_state_dict(saved['watch'])
        self.ema = saved['ema']
        if new_optimizers:  # another stage: other parameters learn, from the averaged weights
            with torch.no_grad():
                for p, e in zip(self.params, self.ema):
                    p.copy_(e)
        else:
            for optimizer, state in zip(self.optimizers, saved['optimizers']):
                optimizer.load_state_dict(state)
        self.step, self.samples, self.elapsed = saved['step'], saved['samples'], saved['elapsed']
        print('goes on from step', self.step, flush=True)

    def share_cores(self) -> None:
        """Uses one core while others work on this machine and --threads when it is idle: a second thread that has to wait for
        its core slows the first one down."""
        if self.o.threads > 1:
            torch.set_num_threads(self.o.threads if self.others.busy() < 0.5 else 1)

    def run(self) -> None:
        o, budget = self.o, self.o.minutes * 60
        last = time.time()
        due = {'log': last + 60, 'grid': last + o.grid * 60, 'save': last + 300, 'cores': last + 10}
        seen: list[dict[str, float]] = []
        begin, first = last, self.samples
        fresh = self.samples
        while self.elapsed < budget and (not o.steps or self.step < o.steps):
            seen.append(self.train_step(self.elapsed / budget))
            now = time.time()
            if now > due['cores']:
                self.share_cores()
                due['cores'] = now + 10
            if len(seen) == 1 and self.samples - first == o.batch and self.samples == fresh + o.batch:
                begin, last = now, now  # compiling does not count
                due['log'], due['save'] = now + 60, now + 300
            self.elapsed += min(now - last, 5)  # a paused process or a sleeping machine does not use up the schedule
            last = now
            ended = self.elapsed >= budget or bool(o.steps and self.step >= o.steps)
            if now > due['log'] or ended:
                mean = {k: round(float(np.mean([s[k] for s in seen])), 5) for k in seen[0]}
                rate = round((self.samples - first) / max(now - begin, 1e-9), 1)
                self.swap()
                line = {'step': self.step, 'samples': self.samples, 'minutes': round(self.elapsed / 60, 1), 'samples_s': rate,
                        **mean, **self.validate()}
                if now > due['grid'] or ended:
                    self.picture()
                    due['grid'] = now + o.grid * 60
                self.swap()
                with self.log_path.open('a') as log:
                    log.write(json.dumps(line) + '\n')
                print(json.dumps(line), flush=True)
                seen = []
                self.pool.refresh()
                due['log'] = time.time() + o.log * 60
                begin, first = time.time(), self.samples
            if now > due['save'] or ended:
                self.save(o.work / 'last.pt')
                due['save'] = time.time() + 300
                if not ended:
                    begin, first = time.time(), self.samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pool', type=Path)
    parser.add_argument('work', type=Path)
    parser.add_argument('--vae', type=Path, required=True)
    parser.add_argument('--minutes', type=float, default=85)
    parser.add_argument('--steps', type=int, default=0)
    parser.add_argument('--channels', type=int, nargs='+', default=[64, 96, 160])
    parser.add_argument('--layers', type=int, default=1)
    parser.add_argument('--heads', type=int, default=2)
    parser.add_argument('--plain-down', type=int, default=1, help='resolutions without attention on the way down')
    parser.add_argument('--plain-up', type=int, default=0)
    parser.add_argument('--groups', type=int, default=16)
    parser.add_argument('--width', type=int, default=192)
    parser.add_argument('--text-layers', type=int, default=2)
    parser.add_argument('--batch', type=int, default=32)
    parser.add_argument('--rate', type=float, default=1e-3)
    parser.add_argument('--warmup', type=int, default=150)
    parser.add_argument('--attend', type=float, default=0.1)
    parser.add_argument('--place', type=float, default=0.1)
    parser.add_argument('--stage', choices=['joint', 'text', 'grounding'], default='joint')
    parser.add_argument('--words', type=float, default=0.1, help='weight of the words\' attention loss (stages joint and text)')
    parser.add_argument('--instances', type=float, default=0.05, help='weight of the self-attention loss (stages joint and text)')
    parser.add_argument('--unnamed', type=float, default=0.4, help='share of boxes without a phrase in stage grounding')
    parser.add_argument('--new-optimizers', action='store_true', help='with --after: only the averaged weights are taken')
    parser.add_argument('--log', type=float, default=3, help='minutes between validations')
    parser.add_argument('--grid', type=float, default=12, help='minutes between sample grids')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--muon-rate', type=float, default=2e-3, help='0: AdamW for everything')
    parser.add_argument('--compile', action='store_true')
    parser.add_argument('--fresh', action='store_true', help='ignore WORK/last.pt')
    parser.add_argument('--init', type=Path, help='start from an exported diffusers folder')
    parser.add_argument('--after', type=Path, help='start from a checkpoint of another run: weights, averages, optimizers')
    parser.add_argument('--clock', type=float, default=0, help='minutes of the schedule that count as gone, with --after')
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    Trainer(options).run()


if __name__ == '__main__':
    main()
