import type { GenerationRequest } from '../../preload/contract/request.ts';

export interface Difference {
  /** Where: "seed", "isac.strength", "boxes: dog". */
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/** What two requests differ in, in the order of the request; boxes by their phrases. */
export function differences(a: GenerationRequest, b: GenerationRequest): Difference[] {
  const {
    boxes: boxesA,
    bind: bindA,
    isac: isacA,
    loras: lorasA,
    instances: countedA,
    source: sourceA,
    ...restA
  } = a;
  const {
    boxes: boxesB,
    bind: bindB,
    isac: isacB,
    loras: lorasB,
    instances: countedB,
    source: sourceB,
    ...restB
  } = b;
  return [
    ...fields('', restA, restB),
    ...fields('isac.', isacA, isacB),
    ...fields('', { instances: countText(countedA) }, { instances: countText(countedB) }),
    ...fields('', { loras: loraText(lorasA) }, { loras: loraText(lorasB) }),
    ...fields('', sourceFields(a, sourceA), sourceFields(b, sourceB)),
    ...boxDifferences(boxesA, boxesB),
    ...(JSON.stringify(bindA) === JSON.stringify(bindB)
      ? []
      : [{ name: 'bind', a: pairs(bindA), b: pairs(bindB) }]),
  ];
}

function fields(prefix: string, a: object, b: object): Difference[] {
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  // Some are only there where they were asked for.
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => left.get(key) !== right.get(key))
    .map((key) => ({ name: `${prefix}${key}`, a: text(left.get(key)), b: text(right.get(key)) }));
}

const text = (value: unknown): string =>
  value === undefined || value === null || value === '' ? '–' : String(value);

const pairs = (bind: GenerationRequest['bind']): string =>
  bind.length === 0 ? '–' : bind.map(([one, other]) => `${one} + ${other}`).join(', ');

/** "2 × horse, 1 × dog". */
const countText = (instances: GenerationRequest['instances']): string =>
  instances.map(({ phrase, count }) => `${count} × ${phrase}`).join(', ');

/** "style.safetensors × 0.8". */
const loraText = (loras: GenerationRequest['loras']): string =>
  loras.map(({ file, weight }) => `${file.split(/[/\\]/).at(-1) ?? file} × ${weight}`).join(', ');

/** The source picture by the beginning of its hash, and of what is repainted the phrases. */
function sourceFields(
  { boxes }: GenerationRequest,
  source: GenerationRequest['source'],
): Record<string, unknown> {
  const repaint = source?.repaint ?? null;
  const phrases = (repaint?.boxes ?? []).map((id) => boxes.find((box) => box.id === id)?.phrase ?? id);
  return {
    source: source === undefined ? null : source.image.slice(0, 8),
    'source.denoise': source?.denoise ?? null,
    'source.repaint':
      repaint === null ? null : [...phrases, ...(repaint.masks.length > 0 ? ['mask'] : [])].join(', '),
  };
}

type Boxes = GenerationRequest['boxes'];

function boxDifferences(a: Boxes, b: Boxes): Difference[] {
  const ids = [...new Set([...a, ...b].map(({ id }) => id))];
  return ids.flatMap((id) => {
    const left = a.find((box) => box.id === id);
    const right = b.find((box) => box.id === id);
    const one = describe(left);
    const other = describe(right);
    return one === other ? [] : [{ name: `box: ${left?.phrase ?? right?.phrase ?? id}`, a: one, b: other }];
  });
}

function describe(box: Boxes[number] | undefined): string {
  if (box === undefined) {
    return '–';
  }
  const [x0, y0, x1, y1] = box.box.map((share) => `${(share * 100).toFixed(1)}`);
  return `${box.phrase} (${x0}, ${y0}) – (${x1}, ${y1}) %`;
}
