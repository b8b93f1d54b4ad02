import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { StudioService } from '../../main/studio/studioService.ts';
import { FakeWindow, stub } from './electronStub.ts';

vi.mock('electron', async () => (await import('./electronStub.ts')).stub);

const data = mkdtempSync(join(tmpdir(), 'isac-quit-'));
const early = join(data, 'Early.isac');
const requested = vi.spyOn(StudioService.prototype, 'requestOpen');

beforeAll(async () => {
  process.env['ISAC_STUDIO_DATA'] = data;
  Object.defineProperty(process, 'resourcesPath', { value: data, configurable: true });
  Object.defineProperty(process, 'platform', { value: 'darwin', configurable: true });
  stub.app.whenReady.mockImplementationOnce(() => {
    // As macOS does when the app is started by a double click on a project.
    stub.app.emit('open-file', { preventDefault: vi.fn() }, early);
    return Promise.resolve();
  });
  await import('../../main/app/index.ts');
  await vi.waitFor(() => expect(FakeWindow.all).toHaveLength(1));
});

beforeEach(() => {
  stub.app.quit.mockClear();
  if (FakeWindow.all.length === 0) stub.app.emit('activate');
});

afterAll(() => rmSync(data, { recursive: true, force: true }));

/** Closes the window as a user or Electron does; resolves when it is gone. */
async function closed(): Promise<void> {
  const [window] = FakeWindow.all;
  window?.emit('close', { preventDefault: vi.fn() });
  await vi.waitFor(() => expect(window?.destroy).toHaveBeenCalled(), { timeout: 5000 });
}

describe('on macOS', () => {
  it('opens the project that the app was started with', () => {
    expect(requested.mock.calls.map(([, path]) => path)).toEqual([early]);
    stub.app.emit('open-file', { preventDefault: vi.fn() }, join(data, 'Late.isac'));
    expect(requested).toHaveBeenLastCalledWith(requested.mock.calls[0]?.[0], join(data, 'Late.isac'));
  });

  it('stays without windows, and a new one opens', async () => {
    await closed();
    expect(stub.app.quit).not.toHaveBeenCalled();
    stub.app.emit('activate');
    expect(FakeWindow.all).toHaveLength(1);
  });

  it('stays when what could not be saved keeps a window', async () => {
    const problems = vi.spyOn(StudioService.prototype, 'closeClient').mockResolvedValueOnce(['No room.']);
    stub.dialog.showMessageBox.mockResolvedValueOnce({ response: 0 });
    stub.app.emit('before-quit', {});
    const [window] = FakeWindow.all;
    window?.emit('close', { preventDefault: vi.fn() });
    await vi.waitFor(() => expect(stub.dialog.showMessageBox).toHaveBeenCalled(), { timeout: 5000 });
    await vi.waitFor(() => expect(problems.mock.settledResults.length).toBeGreaterThan(0));
    await closed();
    expect(stub.app.quit).not.toHaveBeenCalled();
    problems.mockRestore();
  });

  it('ends when it was asked to, although the windows close later', async () => {
    stub.app.emit('before-quit', {});
    await closed();
    expect(stub.app.quit).toHaveBeenCalledOnce();
  });
});
