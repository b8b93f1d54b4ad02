import type { Accumulation } from '../accumulation.ts';
import type { GraphNode, Tensor } from '../ir.ts';

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
  /** How to scale and reshape gradients. */
  readonly accumulation: Accumulation;
  readonly method: GradientMethod;
}

/** How gradients are computed, where there is a choice. */
export interface GradientMethod {
  /** How gradients are summed, scaled and reshaped; plainAccumulation when it is left out. */
  readonly accumulation?: Accumulation;
  /**
   * The backward pass of a convolution of stride 1 as a convolution with flipped kernels instead of a ConvTranspose:
   * up to twice as fast in ONNX Runtime's CPU kernels. 'once': flipped when the session opens, at the price of a second
   * copy of the weights in memory. 'each run': flipped right before they are used, where that pays.
   */
  readonly kernelFlip?: 'once' | 'each run';
}

/**
 * The gradients of an op's inputs: exactly one entry per input, dLoss/dInput or what broadcasts to it. Null stands only
 * where none is needed (`needs`), or none exists because the input is an integer or a boolean. `grad` checks both, and
 * that the rule reads the gradient of every output that has one.
 */
export type Vjp = (context: VjpContext) => readonly (Tensor | null)[];

/** Backward rules by ONNX operator name. 'constant': piecewise constant, the gradient stops there. */
export type VjpRules = Readonly<Record<string, Vjp | 'constant'>>;

/** The gradient of one input, given that of the output; called only when it is needed. */
export type InputGradient = (dy: Tensor, context: VjpContext) => Tensor;

/**
 * The rule of an op with one output: the gradient of each input, in order. An input behind the last of them has none; when
 * one is needed there, `grad` refuses.
 */
export const perInput =
  (...gradients: readonly InputGradient[]): Vjp =>
  (context) => {
    const dy = context.gradient(0);
    return context.node.inputs.map((_, index) => {
      const gradient = gradients[index];
      return dy && gradient && context.needs(index) ? gradient(dy, context) : null;
    });
  };
