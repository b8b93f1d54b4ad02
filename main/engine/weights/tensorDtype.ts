/** Element types of stored tensors, in the names of numpy and torch. */
export type TensorDtype =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float8_e5m2'
  | 'float8_e4m3'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

/** Types of weights that are read: ONNX Runtime casts them to float32 on every provider. */
export const weightDtypes = ['float32', 'float16', 'bfloat16'] as const satisfies readonly TensorDtype[];

/** Bytes per element. */
export const dtypeSize: Readonly<Record<TensorDtype, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float8_e5m2: 1,
  float8_e4m3: 1,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/** safetensors' names of the types (huggingface/safetensors, safetensors/src/tensor.rs, enum Dtype). */
export const safetensorsDtypes: ReadonlyMap<string, TensorDtype> = new Map<string, TensorDtype>([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F8_E5M2', 'float8_e5m2'],
  ['F8_E4M3', 'float8_e4m3'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U64', 'uint64'],
  ['U32', 'uint32'],
  ['U16', 'uint16'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);
