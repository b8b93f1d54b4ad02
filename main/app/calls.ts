import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import { CALL_CHANNEL, requestFrameSchema, type Reply } from '../../preload/contract/transport.ts';
import type { StudioService } from '../studio/studioService.ts';
import { isOwn } from './origin.ts';

const refused: Reply = {
  ok: false,
  error: { code: 'internal', message: 'The studio does not answer this page.' },
};

/**
 * The one channel into the main process. Only the top frame of a window of ours that shows the studio's page is
 * answered.
 *
 * @param clientOf the client of a window's contents; undefined for strangers
 */
export function answerCalls(
  ipc: Pick<IpcMain, 'handle'>,
  service: StudioService,
  clientOf: (contentsId: number) => string | undefined,
): void {
  ipc.handle(CALL_CHANNEL, async (event, message: unknown): Promise<Reply> => {
    const client = clientOf(event.sender.id);
    if (client === undefined || !fromPage(event)) return refused;
    const frame = requestFrameSchema.safeParse(message);
    if (!frame.success) return refused;
    return service.call(client, frame.data.call, frame.data.args);
  });
}

function fromPage({ sender, senderFrame }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwn(senderFrame.url);
}
