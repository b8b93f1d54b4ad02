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

const TOKEN = "(HF_TOKEN, or the hub's settings in the studio)";

/** Why the hub refused, and what to do about it. */
export function refusalSentence(refusal: Refusal, { what, endpoint, page, token }: Asked): string {
  const { status, code, said, waitSeconds } = refusal;
  if (status === 429) {
    const when = waitSeconds === null ? 'later' : `in ${waitSeconds} s`;
    return `${what}: the hub asks for patience (429, too many requests); try again ${when}${token ? '' : ', or give a token'}.`;
  }
  if (said === 'Invalid credentials in Authorization header') {
    return `${what}: the hub does not accept the token (${status}); make a new one on ${endpoint}/settings/tokens, or take it out ${TOKEN}: public models need none.`;
  }
  if (said === 'Access to this resource is disabled.') {
    return `${what}: the hub has disabled this model (${status}); take another one.`;
  }
  if (code === 'GatedRepo') {
    return token
      ? `${what}: the account of your token has no access yet (${status}): accept the licence on ${page}, wait if its owner grants it by hand, and try again.`
      : `${what}: its licence must be accepted first (${status}): do so on ${page} and give a token of that account ${TOKEN}.`;
  }
  if (code === 'RevisionNotFound') {
    return `${what}: there is no such version on ${page} (${status}); name another branch, tag or commit.`;
  }
  if (code === 'EntryNotFound') {
    return `${what}: is no longer on ${page} (${status}); look the model up again.`;
  }
  if (status === 401 || status === 403) {
    return `${what}: the hub refuses access (${status}); there may be no such model, or its licence must be accepted on ${page} and a token given ${TOKEN}.`;
  }
  if (status === 404) {
    return `${what}: there is no such model, or no such version of it, on ${endpoint}.`;
  }
  return `${what}: ${endpoint} answers with an error (${status}); try again later.`;
}
