import { stat } from 'node:fs/promises';
import { parse } from 'node:path';
import type { LoraChoice } from '../../../preload/contract/lora.ts';
import { UserError } from '../errors.ts';
import type { AppliedLora } from '../models/loraBranches.ts';
import type { Lora } from '../weights/lora/lora.ts';
import { openLora } from '../weights/lora/openLora.ts';
import type { ModelFolder } from '../weights/modelFolder.ts';
import { sha256OfFile } from '../weights/sha256.ts';

/** The LoRAs of one job, as the networks apply them. */
export interface LoraStack {
  /** Names the files in their order, whatever their weights: sessions are kept by it. '' for none. */
  readonly key: string;
  readonly files: readonly string[];
  readonly unet: readonly AppliedLora[];
  readonly textEncoder: readonly AppliedLora[];
  /** The weights, by the graphs' input. */
  readonly feeds: Readonly<Record<string, Float32Array>>;
  /** As the request has them, each with its file's hash. */
  readonly chosen: readonly LoraChoice[];
  /** What was left out of the files, as sentences. */
  readonly notes: readonly string[];
}

export const noLoras: LoraStack = {
  key: '',
  files: [],
  unet: [],
  textEncoder: [],
  feeds: {},
  chosen: [],
  notes: [],
};

interface Shelved {
  /** Size and time of the file: another one is opened again. */
  readonly stamp: string;
  readonly lora: Lora;
  readonly sha256: string;
}

/** LoRA files of one model: opened, checked and hashed once. */
export class LoraShelf {
  private readonly model: ModelFolder;
  private readonly shelved = new Map<string, Shelved>();

  constructor(model: ModelFolder) {
    this.model = model;
  }

  /**
   * Those of weight 0 are checked like all others and then left out: the picture is the one without them, bit by bit.
   *
   * @throws UserError when a file cannot be used, or is not the one whose hash the request states
   */
  async stack(choices: readonly LoraChoice[]): Promise<LoraStack> {
    if (choices.length === 0) return noLoras;
    const opened: (Shelved & { readonly choice: LoraChoice })[] = [];
    for (const choice of choices) opened.push({ ...(await this.open(choice)), choice });
    const chosen = opened.map(({ choice, sha256 }) => ({ ...choice, sha256 }));
    const used = opened.filter(({ choice }) => choice.weight !== 0);
    const inputOf = (index: number): string => `lora_${index}`;
    const applied = (part: 'unet' | 'textEncoder'): AppliedLora[] =>
      used.flatMap(({ lora }, index) =>
        lora[part].size > 0 ? [{ layers: lora[part], weightInput: inputOf(index) }] : [],
      );
    return {
      key: used.map(({ lora, sha256 }) => `${lora.file} ${sha256}`).join(' '),
      files: used.map(({ lora }) => lora.file),
      unet: applied('unet'),
      textEncoder: applied('textEncoder'),
      feeds: Object.fromEntries(
        used.map(({ choice }, index) => [inputOf(index), Float32Array.of(choice.weight)]),
      ),
      chosen,
      notes: opened.flatMap(({ lora }) => lora.notes),
    };
  }

  private async open({ file, sha256 }: LoraChoice): Promise<Shelved> {
    const found = await this.find(file);
    if (sha256 !== undefined && sha256 !== found.sha256) {
      throw new UserError(
        `${file}: is not the LoRA that this was made with: its SHA-256 begins with ${found.sha256.slice(0, 12)}, ` +
          `expected ${sha256.slice(0, 12)}; bring the old file back, or take the LoRA off and add it again.`,
      );
    }
    return found;
  }

  private async find(file: string): Promise<Shelved> {
    const info = await stat(file).catch(() => {
      throw new UserError(`${file}: there is no such LoRA file.`);
    });
    const stamp = `${info.size} ${info.mtimeMs}`;
    const known = this.shelved.get(file);
    if (known?.stamp === stamp) return known;
    const lora = await openLora(file, this.model);
    const [drive, own] = [this.model.path, lora.file].map((path) => parse(path).root.toLowerCase());
    if (drive !== own) {
      // ONNX Runtime reads all weights of a graph from below one folder.
      throw new UserError(`${file}: lies on ${own}, the model on ${drive}; put both on one drive.`);
    }
    const shelved = { stamp, lora, sha256: await sha256OfFile(lora.file) };
    this.shelved.set(file, shelved);
    return shelved;
  }
}
