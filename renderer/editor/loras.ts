import { MAX_LORAS } from '../../preload/contract/lora.ts';
import type { LoraChoice } from '../../preload/contract/lora.ts';
import { updateSettings } from './document.ts';
import type { LayoutDocument } from './document.ts';

/** One more LoRA at full weight; a document that has as many as a run takes stays as it is. */
export function addLora(document: LayoutDocument, file: string): LayoutDocument {
  const { loras } = document.settings;
  return loras.length >= MAX_LORAS
    ? document
    : updateSettings(document, { loras: [...loras, { file, weight: 1 }] });
}

export function removeLora(document: LayoutDocument, index: number): LayoutDocument {
  return updateSettings(document, { loras: document.settings.loras.filter((_, other) => other !== index) });
}

export function setLoraWeight(document: LayoutDocument, index: number, weight: number): LayoutDocument {
  const change = (lora: LoraChoice, other: number): LoraChoice =>
    other === index ? { ...lora, weight } : lora;
  return updateSettings(document, { loras: document.settings.loras.map(change) });
}

/** The file's name without folder and ending. */
export function loraName(file: string): string {
  return (file.split(/[/\\]/).at(-1) ?? file).replace(/\.safetensors$/i, '');
}
