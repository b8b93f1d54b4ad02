import { allowedImports, importRules } from './scripts/architecture.mjs';

/** What may import what comes out of the table in docs/architecture.md; here stand packages and circles. */
const forbid = (name, from, to, comment) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: to },
  comment,
});
const STUDIO = '^renderer/ui/studio\\.ts$';

export default {
  forbidden: [
    ...importRules(allowedImports()),
    // Imports of types count: tsPreCompilationDeps.
    { name: 'no-circular', severity: 'error', from: { path: '^(main|preload)/' }, to: { circular: true } },
    // Services know their studio by its type, until they get ports of their own; no other circle.
    {
      name: 'no-circular-renderer',
      severity: 'error',
      from: { path: '^renderer/', pathNot: STUDIO },
      to: { circular: true, viaOnly: { pathNot: STUDIO } },
    },
    {
      name: 'no-circular-at-run-time',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    forbid(
      'engine-is-pure',
      '^main/engine/',
      'node_modules/(electron|react|konva)/',
      'The engine knows no shell.',
    ),
    forbid(
      'editor-is-headless',
      '^renderer/editor/',
      'node_modules/(react|konva|react-dom)/',
      'The canvas shows the editor, never the other way.',
    ),
    forbid(
      'renderer-has-no-node',
      '^renderer/',
      '^(node:|fs$|path$)|node_modules/(electron|onnxruntime-node)/',
    ),
    forbid('contract-is-types-and-schemas', '^preload/contract/', 'node_modules/electron/'),
    forbid('main-has-no-react', '^main/', 'node_modules/(react|konva|react-dom)/'),
    forbid(
      'onnxruntime-in-one-place',
      '^main/(?!engine/runtime/onnxRuntime\\.ts$)',
      'node_modules/onnxruntime-node/',
      'onnxRuntime.ts turns its telemetry off first.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.renderer.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
