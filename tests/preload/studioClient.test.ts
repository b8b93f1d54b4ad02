import { describe, expect, it, vi } from 'vitest';
import { StudioClient, StudioError } from '../../preload/contract/studioClient.ts';
import type { StudioTransport } from '../../preload/contract/transport.ts';

type Tell = (event: string, payload: unknown) => void;

function clientOver(invoke: StudioTransport['invoke'], post = (): Promise<unknown> => Promise.resolve({})) {
  const listeners: Tell[] = [];
  const transport: StudioTransport = {
    invoke,
    listen: (listener) => {
      listeners.push(listener);
      return () => undefined;
    },
    connection: (listener) => {
      listener('connected');
      return () => undefined;
    },
  };
  const tell: Tell = (event, payload) => listeners.forEach((listener) => listener(event, payload));
  return { client: new StudioClient(transport, post), tell };
}

async function failureOf(promise: Promise<unknown>): Promise<StudioError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StudioError)) throw new Error(`not a StudioError: ${String(error)}`);
  return error;
}

describe('StudioClient', () => {
  it('hands on a valid answer', async () => {
    const invoke = vi.fn(() => Promise.resolve({ ok: true, value: ['a', 'b'] }));
    const { client } = clientOver(invoke);
    const args = { project: 'a0c6f0c2-1d0f-4d0e-9a53-3d6c2d7f9b11', requests: [] };
    expect(await client.call('jobs.enqueue', args)).toEqual(['a', 'b']);
    expect(invoke).toHaveBeenCalledWith('jobs.enqueue', args);
  });

  it('refuses an answer of the wrong shape, naming the field', async () => {
    const { client } = clientOver(() => Promise.resolve({ ok: true, value: [{ id: 3 }] }));
    const error = await failureOf(client.call('jobs.list', {}));
    expect(error.code).toBe('internal');
    expect(error.message).toContain('jobs.list');
    expect(error.message).toContain('0.id');
  });

  it('turns the other end’s error into its code and sentence', async () => {
    const answer = { ok: false, error: { code: 'locked', message: 'It is open elsewhere.' } };
    const { client } = clientOver(() => Promise.resolve(answer));
    const error = await failureOf(client.call('project.open', { path: '/a' }));
    expect([error.code, error.message]).toEqual(['locked', 'It is open elsewhere.']);
  });

  it('says disconnected when the other end is gone', async () => {
    const { client } = clientOver(() => Promise.reject(new Error('The connection was lost.')));
    expect((await failureOf(client.call('app.info', {}))).code).toBe('disconnected');
  });

  it('drops events that are unknown or not what they should be', () => {
    const silence = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { client, tell } = clientOver(() => Promise.resolve(null));
    const heard: unknown[] = [];
    const stop = client.on('engine', (payload) => heard.push(payload));
    tell('engine', { state: 'running', message: '' });
    tell('engine', { state: 'exploded', message: '' });
    tell('toString', {});
    stop();
    tell('engine', { state: 'idle', message: '' });
    expect(heard).toEqual([{ state: 'running', message: '' }]);
    expect(silence).toHaveBeenCalledOnce();
    silence.mockRestore();
  });

  it('tells why a file was not taken', async () => {
    const post = (): Promise<unknown> => Promise.resolve({ error: 'The disk is full.' });
    const { client } = clientOver(() => Promise.resolve(null), post);
    expect((await failureOf(client.upload(new Blob(['x']), 'a.png'))).message).toBe('The disk is full.');
  });
});
