"""The miniature GLIGEN: text encoder and UNet in diffusers' own classes, and the training-only losses of its fusers."""

from __future__ import annotations

import types

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention import GatedSelfAttentionDense
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

SLOTS = 30


def build_text_encoder(tokenizer: CLIPTokenizer, width: int, layers: int, heads: int = 4) -> CLIPTextModel:
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=width * 4, projection_dim=width,
        num_hidden_layers=layers, num_attention_heads=heads, max_position_embeddings=tokenizer.model_max_length,
        hidden_act='quick_gelu', bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, attn_implementation='sdpa',
    ))
    # words must tell themselves apart in the state at EOS from the start
    with torch.no_grad():
        nn.init.normal_(text.text_model.embeddings.token_embedding.weight, std=0.5)
        text.text_model.embeddings.token_embedding.weight[-2:] *= 0.1
        nn.init.normal_(text.text_model.embeddings.position_embedding.weight, std=0.1)
        for layer in text.text_model.encoder.layers:
            for part in (layer.self_attn.v_proj, layer.self_attn.out_proj):
                nn.init.normal_(part.weight, std=width ** -0.5)
    return text


def build_unet(channels: list[int], latent: int, size: int, width: int, heads: int, groups: int, layers: int,
               plain_down: int = 0, plain_up: int = 0) -> UNet2DConditionModel:
    """plain_down, plain_up: how many of the highest resolutions have no attention on the way down, and up."""
    n = len(channels)
    unet = UNet2DConditionModel(
        sample_size=size, in_channels=latent, out_channels=latent, attention_type='gated',
        down_block_types=['DownBlock2D'] * plain_down + ['CrossAttnDownBlock2D'] * (n - plain_down),
        up_block_types=['CrossAttnUpBlock2D'] * (n - plain_up) + ['UpBlock2D'] * plain_up,
        block_out_channels=channels, layers_per_block=layers, attention_head_dim=heads, norm_num_groups=groups,
        cross_attention_dim=width,
    )
    with torch.no_grad():
        unet.conv_out.weight *= 0.2
        for part in unet.position_net.linears:
            if isinstance(part, nn.Linear):
                nn.init.kaiming_normal_(part.weight, nonlinearity='relu')
                nn.init.zeros_(part.bias)
        nn.init.normal_(unet.position_net.null_positive_feature, std=0.5)
        nn.init.normal_(unet.position_net.null_position_feature, std=0.5)
        for part in unet.modules():
            if isinstance(part, GatedSelfAttentionDense):
                part.alpha_attn.fill_(1.0)  # open gates: shut ones stay shut when training from scratch
                part.alpha_dense.fill_(1.0)
    return unet


def scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule='scaled_linear', num_train_timesteps=1000, clip_sample=False,
        set_alpha_to_one=False, steps_offset=1, prediction_type='v_prediction',
    )


class FuserWatch(nn.Module):
    """Training only: watches every fuser for two auxiliary losses that make grounding quick.

    1. Which object does a pixel attend to? Softmax over the object keys alone against the owner of the pixel.
    2. Where is a pixel? A linear read-out of (x, y) at the fuser's input, as tokens know their place only through padding.
    """

    def __init__(self, unet: UNet2DConditionModel):
        super().__init__()
        self.found: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.readouts = nn.ModuleList()
        for part in unet.modules():
            if isinstance(part, GatedSelfAttentionDense):
                self.readouts.append(nn.Linear(part.linear.out_features, 2))
                part.forward = types.MethodType(self._forward(len(self.readouts) - 1), part)
        self.on = False

    def _forward(self, index: int):
        watch = self

        def forward(fuser: GatedSelfAttentionDense, x: torch.Tensor, objs: torch.Tensor) -> torch.Tensor:
            n, attn = x.shape[1], fuser.attn
            h = fuser.norm1(torch.cat([x, fuser.linear(objs)], 1))

            def heads(y: torch.Tensor) -> torch.Tensor:
                return y.unflatten(-1, (attn.heads, -1)).transpose(1, 2)

            q, k, v = heads(attn.to_q(h[:, :n])), heads(attn.to_k(h)), heads(attn.to_v(h))
            out = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
            if watch.on:
                seen = (q @ k[:, :, n:].transpose(-1, -2)).float() * attn.scale
                watch.found.append((seen.softmax(-1).mean(1), watch.readouts[index](x).float()))
            x = x + fuser.alpha_attn.tanh() * attn.to_out[0](out)
            return x + fuser.alpha_dense.tanh() * fuser.ff(fuser.norm2(x))

        return forward

    def losses(self, found: list[tuple[torch.Tensor, torch.Tensor]], owner: torch.Tensor, keep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """found: of one forward pass. owner [B, M + 1, S, S]: share of each object, last one the background. keep [B]:
        1 where the layout was given. Returns the cross-entropy and the position error, mean over fusers."""
        attend = place = torch.zeros(())
        size, m = owner.shape[-1], owner.shape[1] - 1
        for share, where in found:
            side = int(share.shape[1] ** 0.5)
            want = F.avg_pool2d(owner, size // side).flatten(2).transpose(1, 2)  # [B, n, M + 1]
            have = torch.cat([share[..., :m], share[..., m:].sum(-1, keepdim=True)], -1)
            weight = torch.ones(m + 1, device=want.device)
            weight[m] = 0.25
            entropy = -(want * weight * (have + 1e-4).log()).sum(-1).mean(-1)
            attend = attend + (entropy * keep).sum() / keep.sum().clamp(min=1)
            line = (torch.arange(side, device=where.device) + 0.5) / side * 2 - 1
            grid = torch.stack([line.repeat(side), line.repeat_interleave(side)], -1)
            place = place + ((where - grid) ** 2).mean()
        n = max(len(found), 1)
        return attend / n, place / n
