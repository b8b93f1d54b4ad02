import { HubApiError, listFiles, modelInfo, type ListFileEntry } from '@huggingface/hub';
import { Agent, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import { sentence } from '../../../preload/contract/sentences.ts';
import { UserError, messageOf } from '../../engine/errors.ts';
import { refusalOf, refused, type Refusal } from './refusals.ts';

/** How the hub is reached. */
export interface HubSettings {
  /** The hub or a mirror of it. */
  readonly endpoint: string;
  readonly token: string | null;
  readonly fetch: typeof fetch;
}

/** A file of a repository on the hub. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** Large files (Git LFS) are named by their SHA-256, small ones by git's SHA-1 of a blob. */
  readonly hash: { readonly kind: 'sha256' | 'git-blob'; readonly hex: string } | null;
}

export interface HubRepository {
  readonly name: string;
  /** Commit, so that all files are of one version. */
  readonly revision: string;
  readonly licence: string | null;
  /** Whether a licence must be accepted on the hub's page first. */
  readonly gated: boolean;
  readonly files: readonly HubFile[];
}

const DEFAULT_ENDPOINT = 'https://huggingface.co';

/**
 * Settings from the environment, under the names of the hub's own tools: HF_ENDPOINT (a mirror), HF_TOKEN,
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 */
export function hubSettings(
  env: Readonly<Record<string, string | undefined>> = process.env,
  overrides: { readonly endpoint?: string; readonly token?: string; readonly proxy?: string } = {},
): HubSettings {
  const endpoint = (overrides.endpoint ?? env['HF_ENDPOINT'] ?? '').replace(/\/+$/, '') || DEFAULT_ENDPOINT;
  if (!/^https?:\/\/[^/]/.test(endpoint)) {
    const name = overrides.endpoint === undefined ? 'HF_ENDPOINT' : 'The address of the mirror';
    throw new UserError(`${name}: "${endpoint}" is not an address that begins with https:// or http://.`);
  }
  if (overrides.proxy !== undefined && !isProxy(overrides.proxy)) {
    throw new UserError(sentence('hub.badProxy', { proxy: overrides.proxy }));
  }
  const proxy = (name: string): string | undefined =>
    overrides.proxy ?? (env[name.toLowerCase()] || env[name] || undefined);
  const [httpProxy, httpsProxy, noProxy] = [
    proxy('HTTP_PROXY'),
    proxy('HTTPS_PROXY'),
    env['no_proxy'] || env['NO_PROXY'] || undefined,
  ];
  // A file of gigabytes may pause, but not for ever.
  const patience = { bodyTimeout: 60_000, headersTimeout: 60_000 };
  const dispatcher =
    httpProxy === undefined && httpsProxy === undefined
      ? new Agent(patience)
      : new EnvHttpProxyAgent({
          ...patience,
          ...(httpProxy === undefined ? {} : { httpProxy }),
          ...(httpsProxy === undefined ? {} : { httpsProxy }),
          ...(noProxy === undefined ? {} : { noProxy }),
        });
  // undici's own fetch knows dispatchers of its own version; the types are the standard's.
  const through = ((input: string, init?: object) =>
    undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
  const token = overrides.token ?? (env['HF_TOKEN'] || null);
  if (token !== null && !token.startsWith('hf_')) {
    const name = overrides.token === undefined ? 'HF_TOKEN' : 'The token';
    throw new UserError(`${name}: is no access token of the hub; those begin with "hf_".`);
  }
  return { endpoint, token, fetch: through };
}

/** As the hub allows them; "--" is what parts owner and name in a download's folder. */
const repositoryName = /^(?!.*(?:--|\.\.))[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;

export const isRepositoryName = (name: string): boolean => repositoryName.test(name);

function isProxy(address: string): boolean {
  return /^https?:\/\/[^/]/.test(address) && URL.canParse(address);
}

/**
 * What a repository holds, in one version.
 *
 * @param revision branch, tag or commit
 * @throws UserError when it cannot be reached, does not exist or wants a token
 */
export async function readRepository(
  name: string,
  settings: HubSettings,
  revision = 'main',
  signal?: AbortSignal,
): Promise<HubRepository> {
  if (!repositoryName.test(name)) {
    throw new UserError(sentence('hub.badName', { name }));
  }
  // The library's errors know the status alone.
  let refusal: Refusal | null = null;
  const plain = withSignal(settings.fetch, signal);
  const watched: typeof fetch = async (input, init) => {
    const response = await plain(input, init);
    if (!response.ok) refusal = refusalOf(response);
    return response;
  };
  const access = {
    hubUrl: settings.endpoint,
    fetch: watched,
    ...(settings.token === null ? {} : { accessToken: settings.token }),
  };
  try {
    const info = await modelInfo({
      name,
      revision,
      additionalFields: ['sha', 'cardData', 'tags'],
      ...access,
    });
    const commit = typeof info.sha === 'string' && /^[0-9a-f]{40}$/.test(info.sha) ? info.sha : revision;
    const files: HubFile[] = [];
    for await (const entry of listFiles({ repo: name, recursive: true, revision: commit, ...access })) {
      if (entry.type === 'file' && isPlainPath(entry.path)) files.push(fileOf(entry));
    }
    return {
      name,
      revision: commit,
      licence: licenceOf(info.cardData, info.tags),
      gated: Boolean(info.gated),
      files,
    };
  } catch (error) {
    throw hubError(name, settings, error, refusal);
  }
}

/** Where a file of a repository is downloaded from. */
export function fileUrl({ name, revision }: HubRepository, path: string, { endpoint }: HubSettings): string {
  return `${endpoint}/${name}/resolve/${encodeURIComponent(revision)}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * Failures of the network and answers of the hub in sentences with a way out.
 *
 * @param refusal what the hub said beside the status
 */
export function hubError(
  name: string,
  { endpoint, token }: HubSettings,
  error: unknown,
  refusal: Refusal | null = null,
): unknown {
  if (error instanceof UserError) return error;
  if (error instanceof Error && error.name === 'AbortError') return error;
  if (error instanceof HubApiError) {
    const told = refusal ?? { status: error.statusCode, code: null, said: null, waitSeconds: null };
    const asked = { what: name, endpoint, page: `${endpoint}/${name}`, token: token !== null };
    return new UserError(refused(told, asked));
  }
  return new UserError(sentence('hub.unreachable', { name, endpoint, reason: reasonOf(error) }));
}

/** fetch hides what went wrong in its cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause ?? error) as { code?: unknown };
  return typeof code.code === 'string' ? code.code : messageOf(cause ?? error);
}

function withSignal(plain: typeof fetch, signal: AbortSignal | undefined): typeof fetch {
  return signal === undefined ? plain : (input, init) => plain(input, { ...init, signal });
}

function fileOf({ path, size, oid, lfs }: ListFileEntry): HubFile {
  if (lfs !== undefined)
    return { path, bytes: lfs.size, hash: hashOf('sha256', lfs.oid.replace(/^sha256:/, ''), 64) };
  return { path, bytes: size, hash: hashOf('git-blob', oid ?? '', 40) };
}

function hashOf(kind: 'sha256' | 'git-blob', hex: string, digits: number): HubFile['hash'] {
  return hex.length === digits && /^[0-9a-f]+$/.test(hex) ? { kind, hex } : null;
}

/** The hub's answer decides where files are written: only plain relative paths. */
export function isPlainPath(path: string): boolean {
  return (
    path.length < 500 &&
    path.split('/').every((part) => /^[^\\:*?"<>|\p{Cc}]+$/u.test(part) && part !== '.' && part !== '..')
  );
}

function licenceOf(card: unknown, tags: readonly string[] | undefined): string | null {
  const { license, license_name: name } = (card ?? {}) as { license?: unknown; license_name?: unknown };
  if (license === 'other' && typeof name === 'string' && name !== '') return name;
  if (typeof license === 'string') return license;
  return tags?.find((tag) => tag.startsWith('license:'))?.slice('license:'.length) ?? null;
}
