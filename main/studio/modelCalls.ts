import type { CallsOf, Handlers, StudioParts } from './calls.ts';
import { dialogsOf } from './shell.ts';

/** The model library and its downloads. */
export function modelCalls(parts: StudioParts): Handlers<CallsOf<'models' | 'hub'>> {
  const { shell, models, verifications, downloads, hub, engine, figures } = parts;
  return {
    'models.list': () => models.list(),
    'models.facts': async ({ id }) => ({
      ...(await models.facts(id)),
      verification: verifications.of(id),
    }),
    'models.add': ({ path, adapter, name }) =>
      models.add({
        path,
        ...(adapter === undefined ? {} : { adapter }),
        ...(name === undefined ? {} : { name }),
      }),
    'models.choosePath': ({ what }, client) => {
      const dialogs = dialogsOf(shell, 'Choosing a file');
      return what === 'folder' ? dialogs.chooseFolder(client) : dialogs.chooseWeights(client);
    },
    'models.remove': async ({ id, deleteFiles }) => {
      verifications.cancel(id);
      // The engine may hold its files open; Windows then would not delete them.
      engine.unload();
      figures.forgetLoaded();
      return models.remove(id, deleteFiles);
    },
    'models.verify': async ({ id }) => {
      await verifications.start(id);
      return null;
    },
    'models.cancelVerify': async ({ id }) => {
      verifications.cancel(id);
      return null;
    },

    'hub.look': ({ repository, revision }) => downloads.look(repository, revision),
    'hub.start': ({ plan, files }) => downloads.start(plan, files),
    'hub.downloads': () => downloads.list(),
    'hub.pause': async ({ download }) => {
      await downloads.pause(download);
      return null;
    },
    'hub.resume': async ({ download }) => {
      await downloads.resume(download);
      return null;
    },
    'hub.cancel': async ({ download }) => {
      await downloads.cancel(download);
      return null;
    },
    'hub.settings': () => hub.view(),
    'hub.setSettings': ({ endpoint, proxy, token }) =>
      hub.change({
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(proxy === undefined ? {} : { proxy }),
        ...(token === undefined ? {} : { token }),
      }),
  };
}
