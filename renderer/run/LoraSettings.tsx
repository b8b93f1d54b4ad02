import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { MAX_LORA_WEIGHT, MAX_LORAS } from '../../preload/contract/lora.ts';
import { addLora, loraName, removeLora, setLoraWeight } from '../editor/loras.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { NumberSetting } from './NumberSetting.tsx';

/** The LoRAs of the next run: files by their path, each with its weight. */
export function LoraSettings(): ReactElement {
  const { editor } = useStudio();
  const t = useT();
  const { loras } = useEditorState((state) => state.settled.settings);
  return (
    <div className="lora" role="group" aria-label={t('lora.title')}>
      <span className="label" title={t('lora.hint')}>
        {t('lora.title')}
      </span>
      {loras.map(({ file, weight }, index) => (
        <div key={`${index} ${file}`}>
          <div className="lora__head">
            <span className="lora__name" title={file}>
              {loraName(file)}
            </span>
            <button
              type="button"
              className="icon-button icon-button--small"
              aria-label={t('lora.remove', { name: loraName(file) })}
              onClick={() => editor.edit('step.loras', (document) => removeLora(document, index))}
            >
              <Trash2 size={14} />
            </button>
          </div>
          <NumberSetting
            label={t('lora.weight')}
            value={weight}
            min={-MAX_LORA_WEIGHT}
            max={MAX_LORA_WEIGHT}
            step={0.05}
            onChange={(next) =>
              editor.hold(`lora ${index}`, 'step.loras', (document) => setLoraWeight(document, index, next))
            }
          />
        </div>
      ))}
      {loras.length < MAX_LORAS && <AddLora />}
    </div>
  );
}

/** The system's dialog in the desktop app; in a browser a path on the machine that runs the engine. */
function AddLora(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const electron = useStudioState((state) => state.info?.shell === 'electron');
  const [path, setPath] = useState('');
  const add = async (file: string): Promise<void> => {
    const { model } = studio.editor.getSnapshot().document.settings;
    const checked = await studio.api.call('loras.check', { file, model });
    studio.editor.edit('step.loras', (document) => addLora(document, checked.file));
  };
  if (electron) {
    return (
      <button
        type="button"
        className="button"
        onClick={() =>
          studio.attempt(async () => {
            const file = await studio.library.choosePath('weights');
            if (file !== null) await add(file);
          })
        }
      >
        {t('lora.add')}
      </button>
    );
  }
  return (
    <form
      className="lora__add"
      onSubmit={(event) => {
        event.preventDefault();
        studio.attempt(async () => {
          await add(path.trim());
          setPath('');
        });
      }}
    >
      <input
        className="field"
        aria-label={t('lora.path')}
        placeholder={t('lora.path')}
        value={path}
        maxLength={4096}
        spellCheck={false}
        onChange={(event) => setPath(event.target.value)}
      />
      <button type="submit" className="button" disabled={path.trim() === ''}>
        {t('lora.add')}
      </button>
    </form>
  );
}
