import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { DeviceInfo } from '../../../preload/contract/devices.ts';
import { DeviceUse } from '../../../renderer/library/DeviceUse.tsx';
import { StudioContext } from '../../../renderer/ui/context.ts';
import type { Studio } from '../../../renderer/ui/studio.ts';

function markup(float16: boolean, precision: DeviceInfo['settings']['precision']): string {
  const settings = { vaeTile: null, attentionSlices: null, precision, keepLoaded: true };
  return renderToStaticMarkup(
    // Nothing is called before the user chooses.
    <StudioContext value={{} as Studio}>
      <DeviceUse device="webgpu" settings={settings} float16={float16} />
    </StudioContext>,
  );
}

describe('how a device is used', () => {
  it('float16 is offered where the device computes in it', () => {
    expect(markup(true, 'float32')).toContain('<option value="float16">');
    expect(markup(false, 'float32')).not.toContain('float16');
  });

  it('what was chosen and can be no longer is shown, to be put back', () => {
    expect(markup(false, 'float16')).toContain('<option value="float16" selected="">');
  });
});
