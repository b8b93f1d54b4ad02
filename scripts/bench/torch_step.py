"""The same step in PyTorch, for `npm run bench -- --python PATH`: diffusers' UNet, attention maps kept by a processor,
the objective's heaviest parts (averaged SA, SA CA, SA K, one worst pair) and autograd.

    python torch_step.py MODEL SIDE BOXES plain|lo ROUNDS        (torch 2.9.1, diffusers 0.33.1)
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel

model, side, boxes, variant, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
unet = UNet2DConditionModel.from_pretrained(model, subfolder='unet', torch_dtype=torch.float32).eval().requires_grad_(False)
size = side // 8
width = unet.config.cross_attention_dim
torch.manual_seed(1)
text = torch.randn(2, 77, width)
gligen = lambda n: {'gligen': dict(boxes=torch.rand(n, 30, 4), masks=torch.ones(n, 30), positive_embeddings=torch.randn(n, 30, width))}
x = torch.randn(1, unet.config.in_channels, size, size)
maps = {'attn1': [], 'attn2': []}
plain = dict(unet.attn_processors)


class Keep:
    def __init__(self, kind):
        self.kind = kind

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        q = attn.head_to_batch_dim(attn.to_q(hidden_states))
        k = attn.head_to_batch_dim(attn.to_k(context))
        v = attn.head_to_batch_dim(attn.to_v(context))
        p = attn.get_attention_scores(q, k, None)
        if self.kind in maps:
            maps[self.kind].append(p.unflatten(0, (-1, attn.heads)).mean(1)[0])
        return attn.to_out[0](attn.batch_to_head_dim(p @ v))


keep = {name: Keep('fuser' if 'fuser' in name else name.split('.')[-2]) for name in plain}


def up(rows, n):
    s, S = int(rows.shape[1] ** 0.5), int(n ** 0.5)
    return rows if s == S else F.interpolate(rows.reshape(1, -1, s, s), (S, S), mode='bilinear').reshape(-1, n)


def gradient():
    unet.set_attn_processor(dict(keep))
    for kept in maps.values():
        kept.clear()
    latents = x.clone().requires_grad_(True)
    unet(latents, 500, text[:1], cross_attention_kwargs=gligen(1))
    n = max(m.shape[0] for m in maps['attn1'])
    ca = sum(up(m[:, 1:1 + boxes].T, n) for m in maps['attn2']) / len(maps['attn2'])
    k = F.one_hot(torch.arange(n) % boxes, boxes).float().T

    def product(rows):
        total = 0
        for m in maps['attn1']:
            s, S = int(m.shape[0] ** 0.5), int(n ** 0.5)
            small = rows if s == S else F.interpolate(rows.reshape(1, -1, S, S), (s, s), mode='bilinear').reshape(-1, s * s)
            total = total + up((m @ small.T).T, n)
        return total / len(maps['attn1'])

    semantic, masks = product(ca), product(k)
    loss = (semantic[0] * semantic[1]).max() + (masks[0] * masks[1]).max()
    return torch.autograd.grad(loss, latents)[0]


def step():
    """Seconds of the step, and of its two predictions."""
    start = time.time()
    if variant == 'lo':
        gradient()
    predicting = time.time()
    unet.set_attn_processor(dict(plain))
    with torch.no_grad():
        for half in (0, 1):
            unet(x, 500, text[half:half + 1], cross_attention_kwargs=gligen(1))

    return time.time() - start, time.time() - predicting


first, _ = step()
steps = [step() for _ in range(rounds)]
seconds, plain_seconds = [list(column) for column in zip(*steps)]
print(json.dumps(dict(openSeconds=0, firstSeconds=first, seconds=seconds, plainSeconds=plain_seconds)))
