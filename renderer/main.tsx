import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connectStudio } from '../preload/connect.ts';
import { installKeyboard } from './canvas/keyboardEvents.ts';
import { installDrop } from './library/importFiles.ts';
import './styles/index.css';
import { App } from './ui/App.tsx';
import { chooseLanguage, errorText, setLanguage, startTranslation } from './ui/i18n.ts';
import { Studio } from './ui/studio.ts';

await startTranslation(chooseLanguage(null, navigator.languages));
const studio = new Studio(connectStudio());
installKeyboard(studio.editor, studio.commands, () => studio.state.dialog !== null);
installDrop(studio);

const root = document.getElementById('root');
if (root === null) {
  throw new Error('index.html has no element #root.');
}
createRoot(root).render(
  <StrictMode>
    <App studio={studio} />
  </StrictMode>,
);

studio.projects
  .start()
  .then(() => setLanguage(chooseLanguage(studio.state.info, navigator.languages)))
  .catch((error: unknown) => {
    studio.set({ boot: 'failed', bootProblem: errorText(error) });
  });
