import * as ort from 'onnxruntime-node';

/**
 * ONNX Runtime, with its telemetry off. Since 1.29 the library writes a device id and an event database into the user's
 * cache folder and sends events from Linux and macOS, unless this variable is set before its environment is created. The
 * environment is created by the first session or provider list, not by the import above. Every place that uses
 * onnxruntime-node imports it from here (a lint rule checks that). On Windows the library writes ETW events, which only the
 * system's own settings control.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';

export { ort };
