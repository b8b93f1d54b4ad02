import type { DType } from './ir.ts';

interface DTypeInfo {
  readonly onnx: number;
  readonly bytes: number;
}

const table: Readonly<Record<DType, DTypeInfo>> = {
  float32: { onnx: 1, bytes: 4 },
  uint8: { onnx: 2, bytes: 1 },
  int32: { onnx: 6, bytes: 4 },
  int64: { onnx: 7, bytes: 8 },
  bool: { onnx: 9, bytes: 1 },
  float16: { onnx: 10, bytes: 2 },
  bfloat16: { onnx: 16, bytes: 2 },
};

/** TensorProto.DataType number. */
export const onnxType = (dtype: DType): number => table[dtype].onnx;

/** Bytes per element. */
export const bytesOf = (dtype: DType): number => table[dtype].bytes;

export const isFloat = (dtype: DType): boolean =>
  dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16';
