/** A float32 output by name. */
export function floats(outputs: Readonly<Record<string, unknown>>, name: string): Float32Array {
  const value = outputs[name];
  if (!(value instanceof Float32Array)) throw new Error(`the network returned no "${name}"`);
  return value;
}
