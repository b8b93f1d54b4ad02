import type { GraphNode, Tensor } from '../tensor.ts';

/** What a vector-Jacobian product sees of the node it differentiates. */
export interface VjpContext {
  readonly node: GraphNode;
  /** The i-th input (a recomputed copy when the node lies in a recomputation region). */
  input(index: number): Tensor;
  /** The i-th output, likewise. */
  output(index: number): Tensor;
  /** dLoss/dOutput i; null when the loss does not depend on that output. */
  gradient(index: number): Tensor | null;
  /** Whether dLoss/dInput i is wanted: only what the differentiated input needs is computed. */
  needs(index: number): boolean;
  readonly method: GradientMethod;
}

/** How gradients are computed, where there is a choice. */
export interface GradientMethod {
  /**
   * The backward pass of a convolution of stride 1 as a convolution with turned weights instead of a ConvTranspose:
   * up to twice as fast in ONNX Runtime's CPU kernels. 'once': turned when the session opens, at the price of a second
   * copy of the weights in memory. 'each run': turned anew right before they are used, where that pays.
   */
  readonly turnWeights?: 'once' | 'each run';
}

/** dLoss/dInput for each input, or what broadcasts to it; null (or nothing) where there is none or none is needed. */
export type Vjp = (context: VjpContext) => readonly (Tensor | null)[];

/** Backward rules by ONNX operator name. 'constant': piecewise constant, the gradient stops there. */
export type VjpRules = Readonly<Record<string, Vjp | 'constant'>>;

/** The rule of an op with one output through which the gradient flows to the first input alone. */
export const first =
  (rule: (dy: Tensor, context: VjpContext) => Tensor): Vjp =>
  (context) => {
    const dy = context.gradient(0);
    return [dy && rule(dy, context)];
  };
