import i18next from 'i18next';
import { useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import { StudioError } from '../../preload/contract/studioClient.ts';
import type { AppInfo } from '../../preload/contract/studioRecords.ts';
import { sentences, spoken } from '../../preload/contract/sentences.ts';
import type { Said } from '../../preload/contract/sentences.ts';
import { canvasStrings } from '../canvas/strings.ts';
import type { Message } from '../editor/message.ts';
import { editorStrings } from '../editor/strings.ts';
import { en } from './strings/en.ts';
import type { StringKey } from './strings/en.ts';
import { ko } from './strings/ko.ts';
import { sentencesKo } from './strings/sentencesKo.ts';

export type Values = Readonly<Record<string, string | number>>;
export type Translate = (key: StringKey, values?: Values) => string;

/** The one catalogue: the editor's and the canvas's strings with the studio's. */
export const catalogue = {
  en: { ...editorStrings.en, ...canvasStrings.en, ...en },
  ko: { ...editorStrings.ko, ...canvasStrings.ko, ...ko },
};

/** What the main process says. */
const tables = { en: sentences, ko: sentencesKo };

export type Language = keyof typeof catalogue;

/** The language that the user chose, else the system's or the browser's, else English. */
export function chooseLanguage(
  info: Pick<AppInfo, 'locale' | 'preferences'> | null,
  browser: readonly string[],
): Language {
  const chosen = info?.preferences.language ?? 'system';
  if (chosen !== 'system') {
    return chosen;
  }
  const locales = info !== null && info.locale !== '' ? [info.locale] : browser;
  for (const locale of locales) {
    const short = locale.toLowerCase().split(/[-_]/)[0];
    if (short === 'ko' || short === 'en') {
      return short;
    }
  }
  return 'en';
}

export async function startTranslation(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: catalogue.en }, ko: { translation: catalogue.ko } },
    // Keys have dots of their own, and React escapes.
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    initAsync: false,
    // The studio's console is for the studio.
    showSupportNotice: false,
  });
  document.documentElement.lang = language;
}

export async function setLanguage(language: Language): Promise<void> {
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Outside components: toasts and announcements. */
export const translate: Translate = (key, values) => i18next.t(key, { ...values });

export function translateMessage(message: Message): string {
  return i18next.t(message.key, { ...message.values });
}

/** What the main process says: in the user's language where it is one of its known sentences, as it came otherwise. */
export function saidText({ message, sentence }: Said): string {
  return sentence === undefined ? message : spoken(sentence, tables[i18next.language === 'ko' ? 'ko' : 'en']);
}

/** What anything that was thrown says. */
export function errorText(error: unknown): string {
  return error instanceof StudioError
    ? saidText(error)
    : error instanceof Error
      ? error.message
      : String(error);
}

export function useT(): Translate {
  const { t } = useTranslation();
  return useMemo((): Translate => (key, values) => t(key, { ...values }), [t]);
}

/** For keys that come from the editor: command labels, steps, problems. */
export function useMessage(): (message: Message) => string {
  const { t } = useTranslation();
  return useMemo(() => (message: Message) => t(message.key, { ...message.values }), [t]);
}
