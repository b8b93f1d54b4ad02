/** A sentence for the user as a key of the string catalogue, so that it can be shown in any language. */
export interface Message {
  readonly key: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** What a reader of foreign input returns: the value, or one sentence that says what is wrong with it. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: Message };

export function message(key: string, values?: Message['values']): Message {
  return values === undefined ? { key } : { key, values };
}

export function succeed<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function fail(key: string, values?: Message['values']): Outcome<never> {
  return { ok: false, message: message(key, values) };
}
