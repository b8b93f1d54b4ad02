/** Classifier-free guidance (Ho and Salimans 2022): uncond + scale (cond - uncond). */
export function guide(unconditional: Float32Array, conditional: Float32Array, scale: number): Float32Array {
  return unconditional.map((value, i) => value + scale * ((conditional[i] ?? 0) - value));
}
