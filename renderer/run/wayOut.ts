import type { Command } from '../editor/commands/command.ts';
import { translate } from '../ui/i18n.ts';
import type { StringKey } from '../ui/strings/en.ts';
import type { RunFailure, StudioState } from '../ui/state.ts';
import type { Studio } from '../ui/studio.ts';
import { lighterRequests } from './lighter.ts';
import type { Lighter, LighterKind } from './lighter.ts';

/** What the failed run can be tried again with; it differs from the request's siblings by their seeds alone. */
export function waysOut(
  failure: RunFailure,
  { models, devices }: Pick<StudioState, 'models' | 'devices'>,
): Lighter[] {
  const [request] = failure.requests;
  if (request === undefined) {
    return [];
  }
  const model = models?.find(({ id }) => id === request.model);
  return lighterRequests(request, {
    cause: failure.cause,
    stage: failure.stage,
    sizeMultiple: model?.sizeMultiple ?? 64,
    devices,
    baseline: failure.baselineOf !== null,
  });
}

/** The command that tries a failed run again with one change. */
export const wayOutCommand = (kind: LighterKind): `run.lighter.${LighterKind}` => `run.lighter.${kind}`;

/** Registers the commands that a failure allows, for as long as it stands. */
export class WaysOut {
  readonly #studio: Studio;
  #unregister: () => void = () => undefined;
  #known = '';

  constructor(studio: Studio) {
    this.#studio = studio;
    studio.store.subscribe(() => this.#look());
  }

  #look(): void {
    const { state } = this.#studio;
    const { failure } = state;
    const again = failure !== null && failure.fault === 'engine';
    const ways = again ? waysOut(failure, state) : [];
    const known = failure === null ? '' : JSON.stringify([failure.fault, ways]);
    if (known === this.#known) {
      return;
    }
    this.#known = known;
    this.#unregister();
    this.#unregister = () => undefined;
    if (again) {
      this.#unregister = this.#studio.commands.registerAll([
        ...ways.map((way) => this.#lighter(way)),
        this.#command('run.retry', 'command.run.retry', {}, () => this.#studio.runs.retry()),
      ]);
    }
  }

  #lighter({ kind, values }: Lighter): Command {
    const id = wayOutCommand(kind);
    const label = `command.${id}` as const;
    return this.#command(id, label, values, async () => {
      await this.#studio.runs.retryLighter(kind);
      this.#studio.toast(translate('lighter.queued', { what: translate(label, values) }));
    });
  }

  #command(id: string, label: StringKey, values: Lighter['values'], run: () => Promise<void>): Command {
    return {
      id,
      label,
      labelValues: values,
      group: 'run',
      shortcuts: [],
      enabled: () => this.#studio.state.connection === 'connected',
      run: () => this.#studio.attempt(run),
    };
  }
}
