import { ort } from '../engine/runtime/onnxRuntime.ts';

/** One of the evaluator's networks: one float32 input, outputs by name (`floats` reads one). */
export class Network {
  private readonly session: ort.InferenceSession;
  private readonly input: string;

  private constructor(session: ort.InferenceSession, input: string) {
    this.session = session;
    this.input = input;
  }

  /** @param input its name */
  static async open(path: string, input: string): Promise<Network> {
    return new Network(await ort.InferenceSession.create(path), input);
  }

  async run(data: Float32Array, shape: readonly number[]): Promise<Record<string, unknown>> {
    const outputs = await this.session.run({ [this.input]: new ort.Tensor('float32', data, shape) });
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value.data]));
  }
}
