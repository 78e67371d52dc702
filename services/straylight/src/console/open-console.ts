import { join } from 'node:path'
import { createAgentDirectory } from '@straylight/console/agents/agent-directory'
import { registryView } from '@straylight/console/agents/registry-view'
import { createAssignees } from '@straylight/console/alerts/assignees'
import { createYoungAlerts } from '@straylight/console/alerts/young-alerts'
import type { ConsoleGround, StageHealth } from '@straylight/console/console-ground'
import { knowledgeView } from '@straylight/console/knowledge-view'
import { createAsk } from '@straylight/console/questions/ask'
import { createHeldAnswers } from '@straylight/console/questions/held-answers'
import { type Console, createConsole } from '@straylight/console/server/create-console'
import { InternalPlaces } from '@straylight/ingest/record/internal-places'
import type { Log } from '@straylight/runtime/log/log'
import type { Logger } from '@straylight/runtime/process/logger'
import type { AllSettings } from '@straylight/runtime/settings/config'
import type { Store } from '@straylight/runtime/store/store'
import type { DeploymentFiles } from '../deployment/deployment-files.ts'
import { digestEachDay } from '../digest/digest-each-day.ts'
import { programVersion } from '../program-version.ts'
import { explainForConsole } from './explain-for-console.ts'
import { oidcSettings } from './oidc-settings.ts'
import { usersFileOf } from './users-file.ts'
import { wouldAlertForConsole } from './would-alert-for-console.ts'

export interface ConsoleParts extends Pick<DeploymentFiles, 'policy' | 'registry'> {
  readonly settings: AllSettings
  readonly log: Log
  readonly store: Store
  readonly logger: Logger
  /** Folder of the keys. */
  readonly keys: string
  readonly health: () => StageHealth
  /** Where the built client lies. Beside the built program, where nothing is said; a run of the sources serves the API alone. */
  readonly clientFolder?: string
}

/** Serves the console over a deployment's log and store; says once where, with a link that signs in. */
export async function openConsole(parts: ConsoleParts): Promise<Console> {
  const { settings, logger, keys, clientFolder = join(import.meta.dirname, 'client') } = parts
  const { STRAYLIGHT_CONSOLE_TLS_CERT: cert, STRAYLIGHT_CONSOLE_TLS_KEY: key } = settings
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error('STRAYLIGHT_CONSOLE_TLS_CERT and STRAYLIGHT_CONSOLE_TLS_KEY go together: set both or none.')
  }
  const ground = consoleGround(parts)
  const served = await createConsole({
    ground,
    logger,
    host: settings.STRAYLIGHT_CONSOLE_HOST,
    port: consolePort(settings),
    publicUrl: settings.STRAYLIGHT_CONSOLE_URL,
    proxies: settings.STRAYLIGHT_CONSOLE_PROXIES,
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    usersFile: usersFileOf(settings, keys),
    oidc: oidcSettings(settings),
    linkMinutes: settings.STRAYLIGHT_CONSOLE_LINK_MINUTES,
    sessionHours: settings.STRAYLIGHT_CONSOLE_SESSION_HOURS,
    clientFolder,
  })
  const hour = settings.STRAYLIGHT_DIGEST_HOUR
  if (hour === undefined) return served
  const stopDigests = digestEachDay(ground, { hour, data: settings.STRAYLIGHT_DATA, logger })
  const close = async (): Promise<void> => {
    await stopDigests()
    await served.close()
  }
  return { ...served, close }
}

/** Where nothing is said, the port beside that of health and events; any free one where that is any. */
const consolePort = ({ STRAYLIGHT_CONSOLE_PORT: given, STRAYLIGHT_PORT: port }: AllSettings): number =>
  given ?? (port === 0 || port === 65_535 ? 0 : port + 1)

/** What the console's answers are made of, over an open log and store. */
export function consoleGround({
  settings,
  log,
  store,
  policy,
  registry,
  keys,
  health,
}: Omit<ConsoleParts, 'logger'>): ConsoleGround {
  const ask = createAsk(store)
  const held = createHeldAnswers()
  const view = registryView(registry)
  const internal = new InternalPlaces(registry.internal)
  const knowledge = () => held('knowledge', () => knowledgeView(ask))
  const now = Date.now
  return {
    ...{ ask, held, log, storeKind: store.kind, registry: view, internal, policy, knowledge, now, keys, health },
    policyFile: settings.STRAYLIGHT_POLICY ?? null,
    assignees: createAssignees({ ask, log, now }),
    youngAlert: createYoungAlerts(log),
    directory: createAgentDirectory({ ask, held, registry: view, policy, knowledge, now }),
    name: settings.STRAYLIGHT_NAME,
    version: programVersion,
    startedAt: now(),
    explain: explainForConsole(store, settings, { ask, internal }),
    wouldAlert: wouldAlertForConsole(settings, { ask, now }),
  }
}
