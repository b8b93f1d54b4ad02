"""Muon (Keller Jordan, 2024): momentum whose matrices are made orthogonal by Newton-Schulz steps; convolutions as matrices.

Updates are scaled to the RMS of AdamW's (Moonlight, arXiv 2502.16982), so one learning rate suits both.
"""

from __future__ import annotations

from collections import defaultdict

import torch


def orthogonal(x: torch.Tensor, steps: int = 4) -> torch.Tensor:
    """x [k, r, c]: each matrix's nearest orthogonal one, roughly, in bfloat16."""
    turned = x.shape[1] > x.shape[2]
    x = (x.mT if turned else x).bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
    return (x.mT if turned else x).float()


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr: float, momentum: float = 0.95, weight_decay: float = 0.01):
        super().__init__(params, {'lr': lr, 'momentum': momentum, 'weight_decay': weight_decay})

    @torch.no_grad()
    def step(self, closure=None) -> None:
        for group in self.param_groups:
            shapes: dict[tuple[int, int], list[torch.Tensor]] = defaultdict(list)
            for p in group['params']:
                if p.grad is not None:
                    shapes[(p.shape[0], p.numel() // p.shape[0])].append(p)
            for (r, c), params in shapes.items():
                updates = []
                for p in params:
                    state = self.state[p]
                    grad = p.grad.reshape(r, c)
                    if 'momentum' not in state:
                        state['momentum'] = torch.zeros_like(grad)
                    state['momentum'].lerp_(grad, 1 - group['momentum'])
                    updates.append(grad.lerp(state['momentum'], group['momentum']))
                scale = 0.2 * max(r, c) ** 0.5 * group['lr']
                for p, u in zip(params, orthogonal(torch.stack(updates))):
                    p.mul_(1 - group['lr'] * group['weight_decay'])
                    p.sub_(scale * u.reshape(p.shape))
