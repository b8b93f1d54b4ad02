import type { Graph } from '../graph/graph.ts';
import { gelu, quickGelu } from '../graph/ops/activation.ts';
import { add } from '../graph/ops/elementwise.ts';
import { gather, reshape, slice } from '../graph/ops/shaping.ts';
import { ShapeError, sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { TextEncoderConfig } from '../weights/configs/textEncoderConfig.ts';
import { attend, plainAttention } from './attention.ts';
import { layerNormLayer, linearLayer } from './layers.ts';
import { loraBranches, type AppliedLora } from './loraBranches.ts';
import { ParameterScope } from './parameterScope.ts';
import type { ParameterSource } from './parameterSource.ts';

export interface ClipTextInputs {
  /** Token ids: [N, L], int64, at most maxPositionEmbeddings of them. */
  readonly ids: Tensor;
  /** Rows of the hidden states that are pooled, from `pooledRows`: [N], int64. Null: nothing is pooled. */
  readonly rows: Tensor | null;
}

export interface ClipTextOutputs {
  /** Hidden states after the final norm: [N, L, D]. */
  readonly hidden: Tensor;
  /** State at the end of each text, after all layers and the final norm: [N, D]. */
  readonly pooled: Tensor | null;
}

/**
 * transformers' CLIPTextModel (models/clip/modeling_clip.py, 4.49.0): a causal transformer, so that padding
 * behind a text does not change it.
 *
 * @param clipSkip how many of the last layers `hidden` leaves out, as diffusers counts: 0 uses all
 * @throws UserError when the tensors do not fit
 */
export function buildClipText(
  graph: Graph,
  config: TextEncoderConfig,
  tensors: ParameterSource,
  inputs: ClipTextInputs,
  clipSkip = 0,
  loras: readonly AppliedLora[] = [],
): ClipTextOutputs {
  const { hiddenSize, numHiddenLayers, layerNormEps, maxPositionEmbeddings } = config;
  const [batch, length] = inputs.ids.shape as [number, number];
  if (length > maxPositionEmbeddings) {
    throw new ShapeError(`text encoder: ${length} tokens, at most ${maxPositionEmbeddings} fit`);
  }
  if (!Number.isInteger(clipSkip) || clipSkip < 0 || clipSkip >= numHiddenLayers) {
    throw new ShapeError(`text encoder: clip skip ${clipSkip}, but it has ${numHiddenLayers} layers`);
  }
  return new ParameterScope(graph, tensors, loraBranches(loras)).layer('text_model', (weights) => {
    const table = weights.tensor('embeddings.token_embedding.weight', [config.vocabSize, hiddenSize]);
    const places = weights.tensor('embeddings.position_embedding.weight', [
      maxPositionEmbeddings,
      hiddenSize,
    ]);
    const mask = causalMask(graph, length);
    // states[k]: after k layers, as transformers counts hidden_states.
    const states = [add(gather(table, inputs.ids), slice(places, 0, 0, length))];
    for (let index = 0; index < numHiddenLayers; index++) {
      const last = states[index] as Tensor;
      states.push(weights.layer(`encoder.layers.${index}`, (own) => encoderLayer(own, last, config, mask)));
    }
    const finished = (depth: number): Tensor =>
      layerNormLayer(weights, 'final_layer_norm', states[depth] as Tensor, layerNormEps);
    const { rows } = inputs;
    return {
      hidden: finished(numHiddenLayers - clipSkip),
      pooled: rows && gather(reshape(finished(numHiddenLayers), [batch * length, hiddenSize]), rows),
    };
  });
}

/** transformers' CLIPEncoderLayer: x [N, L, D]. */
function encoderLayer(weights: ParameterScope, x: Tensor, config: TextEncoderConfig, mask: Tensor): Tensor {
  const size = sizeAt(x.shape, -1);
  const normal = layerNormLayer(weights, 'layer_norm1', x, config.layerNormEps);
  const attended = weights.layer('self_attn', (own) => {
    const [query, key, value] = ['q_proj', 'k_proj', 'v_proj'].map((name) =>
      linearLayer(own, name, normal, size),
    ) as [Tensor, Tensor, Tensor];
    const request = { heads: config.numAttentionHeads, method: plainAttention, mask };
    return linearLayer(own, 'out_proj', attend(query, key, value, request).output, size);
  });
  const hidden = add(x, attended);
  const activation = config.hiddenAct === 'gelu' ? gelu : quickGelu;
  const inner = layerNormLayer(weights, 'layer_norm2', hidden, config.layerNormEps);
  const fed = weights.layer('mlp', (own) => {
    const wide = activation(linearLayer(own, 'fc1', inner, config.intermediateSize));
    return linearLayer(own, 'fc2', wide, size);
  });
  return add(hidden, fed);
}

/** A token sees itself and those before it: [length, length], added to the scores. */
function causalMask(graph: Graph, length: number): Tensor {
  const hidden = -3.4e38;
  const values = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? hidden : 0,
  );
  return graph.constant(values, [length, length]);
}

/**
 * Which rows of the hidden states [N * L, D] CLIPTextModel pools: each text's first end-of-text token; with
 * the wrong `eos_token_id` 2 of old configs, the first position of its largest id.
 *
 * @param ids [N, L] in row-major order
 */
export function pooledRows(ids: readonly number[], length: number, eosTokenId: number): BigInt64Array {
  return BigInt64Array.from({ length: ids.length / length }, (_, text) => {
    const own = ids.slice(text * length, (text + 1) * length);
    const end = own.indexOf(eosTokenId === 2 ? Math.max(...own) : eosTokenId);
    // As argmax of an all-false comparison: the first position.
    return BigInt(text * length + Math.max(0, end));
  });
}
