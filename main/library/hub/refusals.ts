import { sentence, type Sentence } from '../../../preload/contract/sentences.ts';

/** What an answer of the hub that is no success tells. */
export interface Refusal {
  readonly status: number;
  /** X-Error-Code: GatedRepo, RepoNotFound, RevisionNotFound, EntryNotFound; none from mirrors and from its storage. */
  readonly code: string | null;
  /** X-Error-Message. */
  readonly said: string | null;
  /** How long to wait after too many requests. */
  readonly waitSeconds: number | null;
}

/** Longest wait that is believed: the hub counts requests in windows of five minutes. */
const MAX_WAIT_SECONDS = 300;

/** Reads the headers that huggingface_hub's own client reads (utils/_http.py, hf_raise_for_status). */
export function refusalOf({ status, headers }: Response): Refusal {
  // RateLimit: "resolvers";r=0;t=55
  const seconds =
    /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1] ??
    /^\d+$/.exec(headers.get('retry-after') ?? '')?.[0];
  return {
    status,
    code: headers.get('x-error-code'),
    said: headers.get('x-error-message'),
    waitSeconds: seconds === undefined ? null : Math.min(Number(seconds), MAX_WAIT_SECONDS),
  };
}

/** Where something was asked for, as sentences name it. */
export interface Asked {
  /** A repository or a file. */
  readonly what: string;
  readonly endpoint: string;
  /** The repository's page. */
  readonly page: string;
  readonly token: boolean;
}

/** Why the hub refused, and what to do about it. */
export function refused(refusal: Refusal, { what, endpoint, page, token }: Asked): Sentence {
  const { status, code, said, waitSeconds } = refusal;
  if (status === 429) {
    const when =
      waitSeconds === null ? sentence('when.later', {}) : sentence('when.seconds', { seconds: waitSeconds });
    return sentence(token ? 'hub.patience' : 'hub.patienceOrToken', { what, when });
  }
  if (said === 'Invalid credentials in Authorization header') {
    return sentence('hub.tokenRefused', { what, status, endpoint });
  }
  if (said === 'Access to this resource is disabled.') return sentence('hub.disabled', { what, status });
  if (code === 'GatedRepo') {
    return sentence(token ? 'hub.gatedYet' : 'hub.licenceFirst', { what, status, page });
  }
  if (code === 'RevisionNotFound') return sentence('hub.noVersion', { what, status, page });
  if (code === 'EntryNotFound') return sentence('hub.noFile', { what, status, page });
  if (status === 401 || status === 403) return sentence('hub.refused', { what, status, page });
  if (status === 404) return sentence('hub.noModel', { what, endpoint });
  return sentence('hub.trouble', { what, endpoint, status });
}
