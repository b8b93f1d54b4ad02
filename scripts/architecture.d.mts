/** Types of architecture.mjs. */
export interface ImportRule {
  readonly name: string;
  readonly severity: string;
  readonly from: { readonly path: string; readonly pathNot?: readonly string[] };
  readonly to: { readonly path?: string; readonly pathNot?: readonly string[] };
}

export function allowedImports(markdown?: string): Map<string, string[]>;
export function rowOf(folders: Iterable<string>, file: string): string | null;
export function importRules(allowed: ReadonlyMap<string, readonly string[]>): ImportRule[];
