"""The large recipe, for an accelerator: 256x256 pictures, 32x32x4 latents, 90 and more classes, data drawn on the device.

  python train_large.py ART WORK --recipe large [--vae-minutes 7] [--unet-minutes 18]
  python train_large.py ART WORK --recipe rehearsal       the same code at tiny sizes, a few steps, on the CPU

Resumable: WORK/vae and WORK/last.pt. Export with export.py (WORK/last.pt, --vae WORK/vae, --tokenizer WORK/tokenizer).
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from diffusers import AutoencoderKL

import scenes
from gpu_scenes import Atlas, Drawn, large_classes, make_layouts
from model import SLOTS, FuserWatch, build_text_encoder, build_unet, scheduler
from muon import Muon
from scenes import MAX_OBJECTS, caption, phrase
from train import Text, optimizers
from train_vae import build, loss_of
from words import load_tokenizer, write_tokenizer


@dataclass(frozen=True)
class Recipe:
    size: int
    layouts: int
    workers: int
    vae: tuple[int, ...]
    channels: tuple[int, ...]
    layers: int
    heads: int
    groups: int
    width: int
    text_layers: int
    batch: int
    vae_batch: int
    crop: int
    compiled: bool
    steps: int  # 0: by time


RECIPES = {
    'large': Recipe(256, 600_000, 14, (32, 64, 128, 192), (128, 192, 256), 1, 4, 32, 256, 3, 256, 48, 128, True, 0),
    'rehearsal': Recipe(64, 64, 1, (8, 8, 16, 16), (16, 16, 32), 1, 2, 8, 32, 1, 4, 2, 32, False, 3),
}


class Studio:
    """Layouts to pictures and words."""

    def __init__(self, art: Path, recipe: Recipe, device: torch.device, work: Path):
        scenes.CLASSES[:] = large_classes(json.loads((art / 'manifest.json').read_text()))
        self.atlas, self.recipe = Atlas(art, device), recipe
        self.objects, self.rough, self.ground = make_layouts(recipe.layouts, self.atlas.banned, recipe.workers, 1)
        self.rng = np.random.default_rng(0)
        work.mkdir(parents=True, exist_ok=True)
        (work / 'classes.json').write_text(json.dumps(scenes.CLASSES))

    def draw(self, n: int) -> tuple[np.ndarray, Drawn]:
        rows = self.rng.integers(0, len(self.objects), n)
        return rows, self.atlas.draw(self.objects[rows], self.rough[rows], self.ground[rows], self.recipe.size, self.rng)

    def words(self, rows: np.ndarray, present: torch.Tensor, no_caption: float, no_layout: float) -> tuple[list[str], list[list[str]], np.ndarray]:
        """Captions, phrases, and the slots' source objects [B, 30] (-1: null)."""
        there = present.cpu().numpy() > 0
        captions, phrases, slots = [], [], np.full((len(rows), SLOTS), -1, np.int64)
        for i, row in enumerate(rows):
            which = np.flatnonzero(there[i])
            objects = [(int(c), int(k)) for c, k in self.objects[row][which]]
            order = [objects[j] for j in self.rng.permutation(len(objects))]
            text = caption(order, int(self.ground[row][0]), int(self.ground[row][1]), self.rng)[0] if objects else ''
            drop = self.rng.random()
            if drop < no_layout:
                phrases.append([])
                captions.append('' if drop < 0.4 * no_layout else text)
                continue
            phrases.append([phrase(*o) for o in objects])
            slots[i, :len(which)] = which
            captions.append('' if self.rng.random() < no_caption else text)
        return captions, phrases, slots


def rate_at(step: int, done: float, warmup: int = 200) -> float:
    return min(1, (step + 1) / warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, done))))


def train_vae(studio: Studio, recipe: Recipe, device: torch.device, work: Path, minutes: float) -> AutoencoderKL:
    if (work / 'vae' / 'config.json').exists():
        return AutoencoderKL.from_pretrained(work / 'vae').to(device).eval()
    vae = build(list(recipe.vae), 4).to(device, memory_format=torch.channels_last)
    vae.register_to_config(sample_size=recipe.size)
    matrices = [p for n, p in vae.named_parameters() if p.ndim == 4 and 'conv_in' not in n and 'quant' not in n]
    known = {id(p) for p in matrices}
    opts = [torch.optim.AdamW([p for p in vae.parameters() if id(p) not in known], lr=2e-3, betas=(0.9, 0.98)), Muon(matrices, 2e-3)]
    bases = (2e-3, 2e-3)

    def forward(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.autocast(device.type, torch.bfloat16):
            dist = vae.encode(x).latent_dist
            mean, logvar = dist.mean.float(), dist.logvar.float()
            out = vae.decode(mean + torch.randn_like(mean) * (0.5 * logvar).exp()).sample.float()
        return loss_of(out, x), 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).mean()

    run = torch.compile(forward) if recipe.compiled else forward
    start, step, c = time.time(), 0, recipe.crop
    while True:
        done = step / recipe.steps if recipe.steps else (time.time() - start) / (minutes * 60)
        if done >= 1:
            break
        picture = studio.draw(recipe.vae_batch)[1].image
        y, x = studio.rng.integers(0, recipe.size + 1 - c, 2)
        recon, kl = run(picture[:, :, y:y + c, x:x + c].contiguous(memory_format=torch.channels_last))
        (recon + 1e-4 * kl).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        for optimizer, base in zip(opts, bases):
            for group in optimizer.param_groups:
                group['lr'] = base * rate_at(step, done)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        if step == 1:
            start = time.time()
        if step % 200 == 0 or recipe.steps:
            print(json.dumps({'stage': 'vae', 'step': step, 'loss': round(float(recon.detach()), 4), 'kl': round(float(kl.detach()), 3)}), flush=True)
    vae.eval()
    with torch.no_grad():  # mean and spread of every channel go into the 1x1 convolutions
        z = torch.cat([vae.encode(studio.draw(recipe.vae_batch)[1].image).latent_dist.mean for _ in range(8)])
        mean, std = z.mean((0, 2, 3)), z.std((0, 2, 3))
        n = len(mean)
        vae.post_quant_conv.bias += vae.post_quant_conv.weight[:, :, 0, 0] @ mean
        vae.post_quant_conv.weight *= std.view(1, -1, 1, 1)
        vae.quant_conv.weight[:n] /= std.view(-1, 1, 1, 1)
        vae.quant_conv.bias[:n] = (vae.quant_conv.bias[:n] - mean) / std
        vae.quant_conv.bias[n:] -= 2 * std.log()
    vae.save_pretrained(work / 'vae')
    return vae


class Large:
    def __init__(self, studio: Studio, recipe: Recipe, vae: AutoencoderKL, device: torch.device, work: Path, minutes: float):
        self.studio, self.recipe, self.vae, self.device, self.work, self.budget = studio, recipe, vae, device, work, minutes * 60
        write_tokenizer(work / 'tokenizer')
        tokenizer = load_tokenizer(work / 'tokenizer')
        self.model = build_text_encoder(tokenizer, recipe.width, recipe.text_layers).to(device)
        self.unet = build_unet(list(recipe.channels), 4, recipe.size // 8, recipe.width, recipe.heads, recipe.groups, recipe.layers)
        self.unet = self.unet.to(device, memory_format=torch.channels_last)
        self.text = Text(self.model, tokenizer)
        self.watch = FuserWatch(self.unet).to(device)
        self.opts = optimizers(self.unet, self.model, self.watch, 1e-3, 2e-3)
        self.params = [*self.unet.parameters(), *self.model.parameters()]
        self.ema = [p.detach().clone() for p in self.params]
        self.alphas = scheduler().alphas_cumprod.to(device)
        self.core = torch.compile(self._core) if recipe.compiled else self._core
        self.step, self.elapsed = 0, 0.0
        if (work / 'last.pt').exists():
            self._load()

    def _core(self, x, t, context, boxes, masks, pooled, target, weight, owner, keep):
        self.watch.found = []
        v = self.unet(x, t, context, cross_attention_kwargs={'gligen': {
            'boxes': boxes, 'positive_embeddings': pooled, 'masks': masks}}).sample.float()
        found, self.watch.found = self.watch.found, []
        attend, place = self.watch.losses(found, owner, keep)
        error = ((v - target) ** 2).mean((1, 2, 3))
        return (error * weight).mean(), error.mean(), attend, place

    def batch_step(self, done: float) -> dict[str, float]:
        dev, r = self.device, self.recipe
        early = max(0.0, 1 - done / 0.3)
        rows, drawn = self.studio.draw(r.batch)
        captions, phrases, slots = self.studio.words(rows, drawn.present, 0.15 + 0.35 * early, 0.12)
        slot = torch.from_numpy(slots).to(dev)
        masks = (slot >= 0).float()
        boxes = drawn.boxes.gather(1, slot.clamp(min=0)[..., None].expand(-1, -1, 4)) * masks[..., None]
        # owners follow the order of the slots
        share = torch.zeros(len(rows), MAX_OBJECTS + 1, *drawn.owner.shape[2:], device=dev)
        share[:, :MAX_OBJECTS] = drawn.owner.gather(1, slot[:, :MAX_OBJECTS].clamp(min=0)[..., None, None].expand(-1, -1, *drawn.owner.shape[2:]))
        share[:, :MAX_OBJECTS] *= masks[:, :MAX_OBJECTS, None, None]
        share[:, MAX_OBJECTS] = (1 - share[:, :MAX_OBJECTS].sum(1)).clamp(min=0)
        with torch.no_grad(), torch.autocast(dev.type, torch.bfloat16):
            latents = self.vae.encode(drawn.image).latent_dist.mean.float()
        u = ((torch.arange(r.batch) + torch.rand(r.batch)) / r.batch)[torch.randperm(r.batch)]
        t = torch.where(torch.rand(r.batch) < 0.35, 300 + 600 * torch.rand(r.batch), 1000 * u ** 0.85).long().clamp(0, 999).to(dev)
        a = self.alphas[t].view(-1, 1, 1, 1)
        noise = torch.randn_like(latents)
        x, target = a.sqrt() * latents + (1 - a).sqrt() * noise, a.sqrt() * noise - (1 - a).sqrt() * latents
        snr = (a / (1 - a)).flatten()
        weight = (snr + 1).clamp(max=5) / (snr + 1)
        aid = 1.0 if done < 0.2 else max(0.0, 1 - (done - 0.2) / 0.2)
        self.watch.on = aid > 0
        with torch.autocast(dev.type, torch.bfloat16):
            context, pooled = self.text.context(captions), self.text.pooled(phrases)
            loss, error, attend, place = self.core(
                x.contiguous(memory_format=torch.channels_last), t, context, boxes, masks, pooled, target, weight, share, masks.amax(1))
        (loss + aid * (0.2 * attend + 0.1 * place)).backward()
        self.watch.on = False
        torch.nn.utils.clip_grad_norm_(self.params, 1.0)
        for optimizer in self.opts:
            base = 2e-3 if isinstance(optimizer, Muon) else 1e-3
            for group in optimizer.param_groups:
                group['lr'] = base * rate_at(self.step, done)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        torch._foreach_lerp_(self.ema, [p.detach() for p in self.params], 1 - min(0.9995, (1 + self.step) / (10 + self.step)))
        return {'loss': error.detach(), 'attend': attend.detach(), 'place': place.detach()}

    @torch.no_grad()
    def check(self) -> dict[str, float]:
        """Losses on fresh scenes with their own boxes and with a neighbour's: the grounding gain."""
        rows, drawn = self.studio.draw(min(64, self.recipe.batch))
        captions, phrases, slots = self.studio.words(rows, drawn.present, 0, 0)
        slot = torch.from_numpy(slots).to(self.device)
        masks = (slot >= 0).float()
        boxes = drawn.boxes.gather(1, slot.clamp(min=0)[..., None].expand(-1, -1, 4)) * masks[..., None]
        out: dict[str, float] = {}
        with torch.autocast(self.device.type, torch.bfloat16):
            latents = self.vae.encode(drawn.image).latent_dist.mean.float()
            context, pooled = self.text.context(captions), self.text.pooled(phrases)
            for level in (900, 600):
                t = torch.full((len(rows),), level, device=self.device)
                a = self.alphas[level]
                noise = torch.randn_like(latents)
                for name, b in (('true', boxes), ('boxes', boxes.roll(1, 0))):
                    v = self.unet(a.sqrt() * latents + (1 - a).sqrt() * noise, t, context, cross_attention_kwargs={'gligen': {
                        'boxes': b, 'positive_embeddings': pooled, 'masks': masks}}).sample.float()
                    out[f'{name}_{level}'] = round(float(((v - (a.sqrt() * noise - (1 - a).sqrt() * latents)) ** 2).mean()), 5)
                out[f'gain_{level}'] = round(out[f'boxes_{level}'] - out[f'true_{level}'], 5)
        return out

    @torch.no_grad()
    def picture(self) -> None:
        """Twelve scenes sampled with EMA weights, their boxes drawn in."""
        n = min(12, self.recipe.batch)
        rows, drawn = self.studio.draw(n)
        captions, phrases, slots = self.studio.words(rows, drawn.present, 0, 0)
        slot = torch.from_numpy(slots).to(self.device)
        masks = (slot >= 0).float()
        boxes = drawn.boxes.gather(1, slot.clamp(min=0)[..., None].expand(-1, -1, 4)) * masks[..., None]
        plan = scheduler()
        plan.set_timesteps(25)
        for p, e in zip(self.params, self.ema):
            p.data, e.data = e.data, p.data
        with torch.autocast(self.device.type, torch.bfloat16):
            context = torch.cat([self.text.context([''] * n), self.text.context(captions)])
            pooled = self.text.pooled(phrases)
            x = torch.randn(n, 4, self.recipe.size // 8, self.recipe.size // 8, device=self.device)
            for t in plan.timesteps:
                free, given = self.unet(torch.cat([x, x]), t.to(self.device), context, cross_attention_kwargs={'gligen': {
                    'boxes': torch.cat([boxes, boxes]), 'positive_embeddings': torch.cat([pooled, pooled]),
                    'masks': torch.cat([torch.zeros_like(masks), masks])}}).sample.float().chunk(2)
                x = plan.step(free + 4.0 * (given - free), t, x).prev_sample
        for p, e in zip(self.params, self.ema):
            p.data, e.data = e.data, p.data
        pictures = ((self.vae.decode(x).sample.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        for i, picture in enumerate(pictures := [np.ascontiguousarray(p) for p in pictures]):
            for j, text in enumerate(phrases[i]):
                x0, y0, x1, y1 = (boxes[i, j] * self.recipe.size).int().tolist()
                cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), (230, 0, 120), 1)
                cv2.putText(picture, text, (x0 + 1, max(9, y0 - 2)), cv2.FONT_HERSHEY_SIMPLEX, 0.33, (0, 0, 0), 1, cv2.LINE_AA)
        rows_of = [np.concatenate(pictures[i:i + 4], 1) for i in range(0, n, 4)]
        cv2.imwrite(str(self.work / f'grid-{self.step:06d}.png'), cv2.cvtColor(np.concatenate(rows_of, 0), cv2.COLOR_RGB2BGR))

    def _save(self) -> None:
        part = self.work / 'last.part'
        torch.save({'unet': self.unet.state_dict(), 'text': self.model.state_dict(), 'watch': self.watch.state_dict(), 'ema': self.ema,
                    'unet_config': dict(self.unet.config), 'text_config': self.model.config.to_dict(), 'step': self.step,
                    'samples': self.step * self.recipe.batch, 'elapsed': self.elapsed,
                    'optimizers': [o.state_dict() for o in self.opts]}, part)
        part.replace(self.work / 'last.pt')

    def _load(self) -> None:
        saved = torch.load(self.work / 'last.pt', weights_only=False, map_location=self.device)
        for part, name in ((self.unet, 'unet'), (self.model, 'text'), (self.watch, 'watch')):
            part.load_state_dict(saved[name])
        self.ema, self.step, self.elapsed = saved['ema'], saved['step'], saved['elapsed']
        for optimizer, state in zip(self.opts, saved['optimizers']):
            optimizer.load_state_dict(state)

    def run(self) -> None:
        last, first, due = time.time(), self.step, {'log': 20.0, 'picture': 120.0, 'save': 120.0}
        due = {k: self.elapsed + v for k, v in due.items()}
        while True:
            steps = self.recipe.steps
            done = (self.step - first) / steps if steps else self.elapsed / self.budget
            ended = done >= 1
            if not ended:
                seen = self.batch_step(done)
                now = time.time()
                self.elapsed += 0 if self.step == first + 1 else now - last  # compiling does not count
                last = now
            if ended or self.elapsed > due['log']:
                line = {'step': self.step, 'samples': self.step * self.recipe.batch, 'minutes': round(self.elapsed / 60, 2),
                        **{k: round(float(v), 4) for k, v in seen.items()}, **self.check()}
                with (self.work / 'log.jsonl').open('a') as log:
                    log.write(json.dumps(line) + '\n')
                print(json.dumps(line), flush=True)
                due['log'] = self.elapsed + 20
            if ended or self.elapsed > due['picture']:
                self.picture()
                due['picture'] = self.elapsed + 180
            if ended or self.elapsed > due['save']:
                self._save()
                due['save'] = self.elapsed + 120
            if ended:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('art', type=Path)
    parser.add_argument('work', type=Path)
    parser.add_argument('--recipe', choices=list(RECIPES), default='large')
    parser.add_argument('--vae-minutes', type=float, default=7)
    parser.add_argument('--unet-minutes', type=float, default=18)
    parser.add_argument('--threads', type=int, default=1, help='on the CPU')
    o = parser.parse_args()
    recipe = RECIPES[o.recipe]
    if o.recipe == 'large' and not torch.cuda.is_available():
        raise SystemExit('the large recipe needs an accelerator; --recipe rehearsal runs here, and train_all.py trains without one')
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    if device.type == 'cpu':
        torch.set_num_threads(o.threads)
    else:
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)
    studio = Studio(o.art, recipe, device, o.work)
    print(len(scenes.CLASSES), 'classes', flush=True)
    vae = train_vae(studio, recipe, device, o.work, o.vae_minutes)
    Large(studio, recipe, vae, device, o.work, o.unet_minutes).run()


if __name__ == '__main__':
    main()
