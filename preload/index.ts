import { contextBridge, ipcRenderer } from 'electron';
import { isCallName, isEventName } from './contract/studio.ts';
import { CALL_CHANNEL, EVENT_CHANNEL, type StudioTransport } from './contract/transport.ts';

/**
 * The one thing that the page gets: calls and events of the contract by name, nothing else of Electron. The page's
 * StudioClient validates answers and events, the main process validates calls.
 */
const bridge: StudioTransport = {
  invoke(call, args) {
    if (!isCallName(call))
      return Promise.reject(new Error(`The studio has no call "${String(call).slice(0, 60)}".`));
    return ipcRenderer.invoke(CALL_CHANNEL, { id: 0, call, args });
  },
  listen(listener) {
    const forward = (_: unknown, event: unknown, payload: unknown): void => {
      if (typeof event === 'string' && isEventName(event)) listener(event, payload);
    };
    ipcRenderer.on(EVENT_CHANNEL, forward);
    return () => ipcRenderer.removeListener(EVENT_CHANNEL, forward);
  },
  connection(listener) {
    listener('connected');
    return () => undefined;
  },
};

contextBridge.exposeInMainWorld('studio', bridge);
