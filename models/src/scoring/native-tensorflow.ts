import { createRequire } from 'node:module'

/** Where `npm run native` puts what it builds: apart from the lock file's install, so that no `npm ci` wipes or needs it. */
export const nativeFolder = new URL('../../native/built/', import.meta.url)

/**
 * Loads TensorFlow.js's native binding, as `npm run native` built it, or one that was installed by hand beside this package.
 * It registers with the engine of this process, which all copies of tfjs-core share.
 * @throws Error of `require` when there is none, or when its library doesn't load here.
 */
export function loadNativeTensorflow(): void {
  restoreUtil()
  settle()
  // Resolved from the built folder upwards, so that an own install in node_modules is found as well.
  createRequire(new URL('package.json', nativeFolder))('@tensorflow/tfjs-node')
}

/**
 * Newer Nodes warn of, and from 23 on lack, functions of `util` without which the binding loads and then fails at almost
 * every operation. It asks for these two.
 */
function restoreUtil(): void {
  const util: Record<string, unknown> = createRequire(import.meta.url)('node:util')
  util.isArray = Array.isArray
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined
}

/**
 * The library has no other switches than these variables, read when it loads; what the operator set stays. Its
 * informational lines are kept out of ours, and oneDNN's kernels off: they cost more to call than a small network saves
 * (at 64 rows they take twice as long). The environment is written for a library here, not read as a setting.
 */
function settle(): void {
  const environment = process.env
  environment.TF_CPP_MIN_LOG_LEVEL ??= '2'
  environment.TF_ENABLE_ONEDNN_OPTS ??= '0'
}
