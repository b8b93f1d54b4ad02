import { createContext, useContext, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { EditorState } from '../editor/state.ts';
import type { StudioState } from './state.ts';
import type { Studio } from './studio.ts';

export const StudioContext = createContext<Studio | null>(null);

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (studio === null) {
    throw new Error('useStudio needs a StudioContext above it.');
  }
  return studio;
}

/** Part of the studio's state; compared shallowly. */
export function useStudioState<T>(select: (state: StudioState) => T): T {
  return useStore(useStudio().store, useShallow(select));
}

/** Part of the editor's state: the selected value must be the same object while nothing changed. */
export function useEditorState<T>(select: (state: EditorState) => T): T {
  const { editor } = useStudio();
  return useSyncExternalStore(editor.subscribe, () => select(editor.getSnapshot()));
}
