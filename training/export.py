"""Exports a checkpoint in diffusers layout, float16 safetensors: the EMA weights, without the training-only read-outs.

  python export.py WORK/last.pt --vae FOLDER --tokenizer WORK/tokenizer --out ../assets/models/clipart-128
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import diffusers
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from model import scheduler
from scenes import BACKGROUNDS, CLASSES, COLOURS, KINDS
from words import load_tokenizer

LIMIT = 48 * 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('--vae', type=Path, required=True)
    parser.add_argument('--tokenizer', type=Path, required=True)
    parser.add_argument('--out', type=Path, required=True)
    options = parser.parse_args()
    saved = torch.load(options.checkpoint, weights_only=False, map_location='cpu')
    config = {k: v for k, v in saved['unet_config'].items() if not k.startswith('_')}
    unet = UNet2DConditionModel(**config)
    text = CLIPTextModel(CLIPTextConfig(**saved['text_config']))
    unet.load_state_dict(saved['unet'])
    text.load_state_dict(saved['text'])
    with torch.no_grad():
        for p, e in zip([*unet.parameters(), *text.parameters()], saved['ema'], strict=True):
            p.copy_(e)
    vae = AutoencoderKL.from_pretrained(options.vae)
    out = options.out.with_name(options.out.name + '.part')
    shutil.rmtree(out, ignore_errors=True)
    for name, part in (('unet', unet), ('text_encoder', text), ('vae', vae)):
        part.half().save_pretrained(out / name, safe_serialization=True)
    tokenizer = load_tokenizer(options.tokenizer)
    tokenizer.save_pretrained(out / 'tokenizer')
    scheduler().save_pretrained(out / 'scheduler')
    (out / 'model_index.json').write_text(json.dumps({
        '_class_name': 'StableDiffusionGLIGENPipeline', '_diffusers_version': diffusers.__version__,
        'feature_extractor': [None, None], 'requires_safety_checker': False, 'safety_checker': [None, None],
        'scheduler': ['diffusers', 'DDIMScheduler'], 'text_encoder': ['transformers', 'CLIPTextModel'],
        'tokenizer': ['transformers', 'CLIPTokenizer'], 'unet': ['diffusers', 'UNet2DConditionModel'],
        'vae': ['diffusers', 'AutoencoderKL'],
    }, indent=2) + '\n')
    art = json.loads(Path(__file__).with_name('art.json').read_text())
    above = {entry['class']: entry['supercategory'] for entry in art}
    splits = json.loads(Path(__file__).with_name('splits.json').read_text())
    (out / 'vocabulary.json').write_text(json.dumps({
        'classes': [{'name': name, 'supercategory': above[name]} for name in CLASSES], 'colours': COLOURS,
        'heldOut': [[colour, name] for name, colour in splits['held_out_pairs']], 'backgrounds': list(BACKGROUNDS),
        'textures': list(KINDS), 'caption': 'a red car, a blue dog and a sheep on a striped green background',
    }, indent=1) + '\n')
    card = options.out / 'README.md'
    if card.is_file():
        shutil.copy(card, out / card.name)
    size = sum(f.stat().st_size for f in out.rglob('*') if f.is_file())
    if size > LIMIT:
        raise SystemExit(f'{out}: {size / 2**20:.1f} MB, more than the 48 MB that may be shipped')
    old = options.out.with_name(options.out.name + '.old')
    shutil.rmtree(old, ignore_errors=True)
    if options.out.exists():
        options.out.rename(old)
    out.rename(options.out)
    shutil.rmtree(old, ignore_errors=True)
    print(f'{options.out}: {size / 2**20:.1f} MB, step {saved["step"]}, {saved["samples"]} samples')


if __name__ == '__main__':
    main()
