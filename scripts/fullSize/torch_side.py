"""PyTorch's half of compare.ts: every network of diffusers once, on the engine's inputs, in float32 on the CPU.

    pip install torch==2.9.1 diffusers==0.33.1 transformers==4.49.0
    python torch_side.py <model folder> <work folder> <threads>
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel

folder, work, threads = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
inputs = json.loads((work / 'inputs.json').read_text())


def stage(name: str) -> None:
    print(json.dumps({'stage': name, 'at': time.perf_counter()}), flush=True)


def save(name: str, tensor: torch.Tensor) -> None:
    tensor.detach().float().contiguous().numpy().tofile(work / f'{name}.torch')


def load(kind, part: str):
    half = any((folder / part).glob('*.fp16.*'))
    return kind.from_pretrained(folder / part, variant='fp16' if half else None, torch_dtype=torch.float32, low_cpu_mem_usage=True).eval()


with torch.no_grad():
    stage('open')
    text = load(CLIPTextModel, 'text_encoder')
    unet = load(UNet2DConditionModel, 'unet')
    vae = load(AutoencoderKL, 'vae')

    stage('text encoder')
    states = lambda ids: text(torch.tensor([ids]))
    hidden = states(inputs['captionIds'])[0]
    save('text encoder', hidden)
    negative = states(inputs['negativeIds'])[0]
    pooled = [states(ids).pooler_output[0] for ids in inputs['phraseIds']]

    stage('position net')
    width = hidden.shape[-1]
    boxes, masks, phrases = torch.zeros(1, 30, 4), torch.zeros(1, 30), torch.zeros(1, 30, width)
    count = len(pooled)
    boxes[0, :count], masks[0, :count], phrases[0, :count] = torch.tensor(inputs['boxes']), 1, torch.stack(pooled)
    objects = unet.position_net(boxes=boxes, masks=masks, positive_embeddings=phrases)
    save('position net', objects)

    latents = torch.from_numpy(np.fromfile(work / 'latents.input', dtype=np.float32)).reshape(1, -1, inputs['height'], inputs['width'])

    def predict(states, present):
        gligen = dict(boxes=boxes, masks=present, positive_embeddings=phrases)
        return unet(latents, inputs['timestep'], states, cross_attention_kwargs={'gligen': gligen}).sample

    for name in ('UNet, first run', 'UNet'):
        stage(name)
        both = torch.cat([predict(negative, torch.zeros(1, 30)), predict(hidden, masks)])
    save('UNet', both)

    stage('VAE decoder')
    save('VAE decoder', vae.decode(latents / vae.config.scaling_factor).sample)
    stage('end')
