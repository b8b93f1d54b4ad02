/**
 * The architecture as rules (docs/architecture.md).
 * Engine imports run one way: graph <- models <- isac <- diffusion; runtime knows sessions, not models.
 */
const engine = (dir) => `^main/engine/${dir}/`;
const forbid = (name, from, to, comment) => ({ name, severity: 'error', from: { path: from }, to: { path: to }, comment });

module.exports = {
  forbidden: [
    // Cycles of types alone (a tensor knows its graph) have no effect at run time.
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    forbid('engine-is-pure', '^main/engine/', '^(main/(app|host|library|projects|web|cli)|preload/(?!contract/)|renderer)/|node_modules/(electron|react|konva)/', 'The engine knows no shell; of preload only the contract (the request and its result).'),
    forbid('graph-is-the-base', engine('graph'), '^main/engine/(models|text|diffusion|isac|masks|weights|runtime)/', 'graph imports nothing of the engine.'),
    forbid('runtime-knows-no-models', engine('runtime'), '^main/engine/(models|text|diffusion|isac|masks)/', 'runtime knows sessions, not models.'),
    forbid('weights-know-no-models', engine('weights'), '^main/engine/(models|text|diffusion|isac|masks|runtime)/'),
    forbid('text-is-alone', engine('text'), '^main/engine/(graph|models|diffusion|isac|masks|weights|runtime)/'),
    forbid('models-below-isac', engine('models'), '^main/engine/(text|isac|diffusion|masks|runtime)/'),
    forbid('isac-below-diffusion', engine('isac'), '^main/engine/(diffusion|runtime)/'),
    forbid('masks-below-diffusion', engine('masks'), '^main/engine/(models|diffusion|runtime|isac)/'),
    forbid('editor-is-headless', '^renderer/editor/', '^renderer/(canvas|run|history|library|ui)/|node_modules/(react|konva|react-konva|react-dom)/', 'The canvas shows the editor, never the other way.'),
    forbid('renderer-has-no-node', '^renderer/', '^main/|^(node:|fs$|path$)|node_modules/(electron|onnxruntime-node)/'),
    forbid('preload-is-thin', '^preload/', '^(main|renderer)/'),
    forbid('contract-is-types-and-schemas', '^preload/contract/', 'node_modules/electron/'),
    forbid('main-has-no-react', '^main/', '^renderer/|node_modules/(react|konva|react-dom)/'),
    forbid('onnxruntime-in-one-place', '^main/(?!engine/runtime/onnxRuntime\\.ts$)', 'node_modules/onnxruntime-node/', 'onnxRuntime.ts turns its telemetry off first.'),
    forbid('shell-parts-do-not-reach-up', '^main/(library|projects)/', '^main/(app|web|cli)/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.renderer.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
