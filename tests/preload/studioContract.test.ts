import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  studioCalls,
  studioEvents,
  type CallArgs,
  type CallName,
  type CallResult,
  type EventName,
  type EventPayload,
} from '../../preload/contract/studio.ts';
import { hrefSchema } from '../../preload/contract/studioRecords.ts';
import { downloadHref, resultHref } from '../../preload/contract/hrefs.ts';

/** The names among N whose type T says nothing (unknown, any or never). */
type Untyped<N extends string, T extends Record<N, unknown>> = {
  [K in N]: unknown extends T[K] ? K : [T[K]] extends [never] ? K : never;
}[N];

describe('the contract', () => {
  it('types every call and event', () => {
    expectTypeOf<Untyped<CallName, { [N in CallName]: CallArgs<N> }>>().toEqualTypeOf<never>();
    expectTypeOf<Untyped<CallName, { [N in CallName]: CallResult<N> }>>().toEqualTypeOf<never>();
    expectTypeOf<Untyped<EventName, { [E in EventName]: EventPayload<E> }>>().toEqualTypeOf<never>();
    expectTypeOf<CallArgs<'jobs.cancel'>>().toEqualTypeOf<{ job: string }>();
  });

  it.each(Object.entries(studioCalls))('%s has schemas that refuse strange fields', (_, { args, result }) => {
    expect(args).toBeInstanceOf(z.ZodObject);
    expect(result).toBeInstanceOf(z.ZodType);
    const stranger = args.safeParse({ strangerHere: 1 });
    expect(stranger.success).toBe(false);
    expect(JSON.stringify(stranger.error?.issues)).toContain('strangerHere');
    expect(result.safeParse({ strangerHere: 1 }).success).toBe(false);
  });

  it.each(Object.entries(studioEvents))('the event %s refuses strange fields', (_, schema) => {
    expect(schema.safeParse({ strangerHere: 1 }).success).toBe(false);
  });

  it('knows addresses of its own files only', () => {
    const handle = 'a0c6f0c2-1d0f-4d0e-9a53-3d6c2d7f9b11';
    const own = [
      resultHref(handle, '20261123-1', 'masks/01-brown dog (2).png'),
      resultHref(handle, '20261123-1', 'masks/02-개.png'),
      downloadHref(handle, 'Straße (1)!.png'),
    ];
    for (const href of own) expect(hrefSchema.safeParse(href).success, href).toBe(true);
    for (const href of [
      'https://elsewhere.example/a.png',
      '//elsewhere.example/a',
      'data:image/png;base64,AA',
      '/x/y',
    ])
      expect(hrefSchema.safeParse(href).success, href).toBe(false);
  });
});
