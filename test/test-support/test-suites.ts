/** Test files that `npm test` leaves to `CI=true npm test`, and the one reason that they share. */
export interface LeftToCi {
  /** As the end of a quick run names them. */
  readonly what: string
  readonly files: readonly string[]
}

/**
 * Start brokers of a real Kafka. They run after all others and one at a time: two whole clusters at once ask more of two
 * cores than their timers allow for.
 */
export const needsKafka: LeftToCi = {
  what: 'a real Kafka',
  files: [
    'test/src/chaos.test.ts',
    'test/src/cluster.test.ts',
    'test/src/compose-kafka.test.ts',
    'test/src/kafka-compression.test.ts',
    'test/src/kafka-rights.test.ts',
    'test/src/kafka-secured.test.ts',
    'test/src/kafka-timers.test.ts',
    'test/src/log-kafka-failures.test.ts',
    'test/src/log-kafka.test.ts',
  ],
}

/** Download other than what `npm ci` brings: Go's modules, TensorFlow's wheel, the registry's packages once more. */
const needsDownloads: LeftToCi = {
  what: 'downloads',
  files: [
    'test/src/deploy-chart-closed.test.ts',
    'test/src/deploy-chart.test.ts',
    'test/src/deploy.test.ts',
    'test/src/native-tensorflow.test.ts',
    'test/src/packed-program.test.ts',
  ],
}

/** Look at the console's pages in a real browser (Debian's package `chromium`). */
const needsBrowser: LeftToCi = {
  what: 'a browser',
  files: [
    'test/src/console-oidc-in-browser.test.ts',
    'test/src/console-in-browser.test.ts',
    'test/src/console-pages.test.ts',
    'test/src/console-passkey.test.ts',
  ],
}

/** Took ten seconds or more, measured on two cores with two files at a time. */
const longRunning: LeftToCi = {
  what: 'more than ten seconds a file',
  files: [
    'models/src/profile/profile.test.ts',
    'schemas/src/visible-text.test.ts',
    'services/baseline/src/count/fold-equals-aggregate.test.ts',
    'services/baseline/src/create-baseline.test.ts',
    'services/baseline/src/knowledge/counted-agents.test.ts',
    'services/baseline/src/profiles/remembered-values.test.ts',
    'services/baseline/src/verdicts/quarantine.test.ts',
    'services/baseline/src/verdicts/judged-sessions.test.ts',
    'services/demo/src/fleet/fleet-history.test.ts',
    'services/ingest/src/endpoint/endpoint-floods.test.ts',
    'services/ingest/src/record/hostile-record.test.ts',
    'services/respond/src/alert/announced-through-noise.test.ts',
    'services/respond/src/deliver/way-out.test.ts',
    'services/respond/src/journal/respond-restart.test.ts',
    'services/runtime/src/embedded/check-lmdb.test.ts',
    'services/score/src/create-score-store-away.test.ts',
    'services/score/src/create-score.test.ts',
    'services/score/src/watchers/credential-handover.test.ts',
    'services/straylight/src/write-default-model.test.ts',
    'test/src/console-oidc.test.ts',
    'test/src/console-tls.test.ts',
    'test/src/damaged-folder.test.ts',
    'test/src/dead-is-never-ready.test.ts',
    'test/src/disk-full.test.ts',
    'test/src/fuzz.test.ts',
    'test/src/handover.test.ts',
    'services/respond/src/alert/flood.test.ts',
    'test/src/learning.test.ts',
    'test/src/mission-end-to-end.test.ts',
    'test/src/mission-signals.test.ts',
    'test/src/promise-1-nothing-lost.test.ts',
    'test/src/promise-2-same-log-same-findings.test.ts',
    'test/src/promise-6-commands.test.ts',
    'test/src/promise-7-bounds.test.ts',
    'test/src/provenance.test.ts',
    'test/src/simulate.test.ts',
    'test/src/store-wires.test.ts',
    'test/src/unseen-seeds.test.ts',
    'test/src/up.test.ts',
    'test/src/verdict-effect.test.ts',
  ],
}

/** All that is not named here is the quick suite. */
export const leftToCi: readonly LeftToCi[] = [needsKafka, needsDownloads, needsBrowser, longRunning]
