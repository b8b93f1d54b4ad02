import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { CallsOf, Handlers, StudioParts } from './calls.ts';

/** Devices, how they are used, and what a run will cost. */
export function deviceCalls(parts: StudioParts): Handlers<CallsOf<'devices' | 'runs'>> {
  const { devices, figures } = parts;
  return {
    'devices.list': () => devices.list(),
    'devices.probe': () => devices.probe(),
    'devices.configure': ({ device, settings }) => devices.configure(device, settings),
    'runs.estimate': async ({ request, preview }) =>
      figures.estimate(await withDeviceSettings(parts, request), preview),
  };
}

/** A request as it will run: where it says nothing of tiles, slices and precision, the settings of its device do. */
export async function withDeviceSettings(
  { devices, models }: Pick<StudioParts, 'devices' | 'models'>,
  request: GenerationRequest,
): Promise<GenerationRequest> {
  const given = [request.vaeTile, request.attentionSlices, request.precision];
  if (!given.includes(undefined)) return request;
  const model = (await models.list()).find(({ id }) => id === request.model);
  const { vaeTile, attentionSlices, precision } = await devices.settingsFor(request, model?.weightBytes ?? 0);
  // What the request says itself comes last, and counts more.
  return {
    ...(vaeTile === null ? {} : { vaeTile }),
    ...(attentionSlices === null ? {} : { attentionSlices }),
    ...(precision === 'float32' ? {} : { precision }),
    ...request,
  };
}
