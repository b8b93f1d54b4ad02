"""Loads an export in diffusers' own StableDiffusionGLIGENPipeline, unchanged, and samples one layout into a PNG.

  python check_pipeline.py ../assets/models/clipart-128 out.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from diffusers import StableDiffusionGLIGENPipeline

BOXES = [[0.05, 0.4, 0.45, 0.75], [0.55, 0.1, 0.9, 0.45], [0.5, 0.55, 0.95, 0.95]]
PHRASES = ['red car', 'blue dog', 'sheep']


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', type=Path)
    parser.add_argument('picture', type=Path)
    parser.add_argument('--steps', type=int, default=25)
    parser.add_argument('--guidance', type=float, default=4.0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    pipe = StableDiffusionGLIGENPipeline.from_pretrained(str(options.model), torch_dtype=torch.float32)
    for words in PHRASES:
        ids = pipe.tokenizer(words).input_ids
        assert len(ids) == len(words.split()) + 2, (words, pipe.tokenizer.convert_ids_to_tokens(ids))
    assert pipe.tokenizer.decode(pipe.tokenizer('żółw 🐢!').input_ids[1:-1]).strip() == 'żółw 🐢!'
    picture = pipe(
        'a red car, a blue dog and a sheep', gligen_phrases=PHRASES, gligen_boxes=BOXES, gligen_scheduled_sampling_beta=1.0,
        num_inference_steps=options.steps, guidance_scale=options.guidance, generator=torch.Generator().manual_seed(0),
    ).images[0]
    side = pipe.unet.config.sample_size * pipe.vae_scale_factor
    assert picture.size == (side, side), picture.size
    picture.save(options.picture)
    print(f'{options.picture}: {side}x{side}')


if __name__ == '__main__':
    main()
