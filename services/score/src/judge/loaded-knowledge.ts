import { type KnowledgeAhead, lookAhead } from '@straylight/events/knowledge-ahead'
import { readKnowledge } from '@straylight/events/knowledge-log'
import { SharedCounts } from '@straylight/models/peers/shared-level'
import { CountTable } from '@straylight/models/profile/count-table'
import { type ProfileKeyHasher, sharedHasher } from '@straylight/models/profile/profile-key-hasher'
import { withBudgetFactor } from '@straylight/models/scoring/budget-feedback'
import { CredentialBindings, type HolderEvidence } from '@straylight/models/scoring/credential-holder'
import type { JudgingContext, Surroundings } from '@straylight/models/scoring/judge'
import { judgedCalibration } from '@straylight/models/scoring/judged-calibration'
import { type LearningDay, learningDay } from '@straylight/models/scoring/learning'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { agentKeyOf, groupKeyOf } from '@straylight/models/training/learn-history'
import type { Log } from '@straylight/runtime/log/log'
import type { Agent, AgentChange, Tier } from '@straylight/schemas/agent'
import type {
  Correction,
  Knowledge,
  SessionCorrection,
  SharedLevel,
  TenantHistory,
} from '@straylight/schemas/knowledge'
import type { Calibration, ModelArtifact } from '@straylight/schemas/model-artifact'
import type { GrowthLimits } from '@straylight/schemas/policy'
import type { RenamedAgent } from '@straylight/schemas/renamed-agent'
import type { FindingContext } from '../watchers/finding-context.ts'
import { RegisteredNames } from '../watchers/registered-names.ts'
import { SuppressionIndex } from './suppression-index.ts'

/** Agents whose surroundings are kept, some 100 bytes each. */
const surroundingsMax = 100_000

/** A knowledge version: its levels as tables, the model ready to run. Immutable, shared by all partitions. */
export class LoadedKnowledge implements JudgingContext, HolderEvidence {
  readonly version: number
  readonly originDay: number
  readonly hasher: ProfileKeyHasher
  readonly model: ScoringModel
  readonly sessionAlertRate: number
  readonly corrections: readonly Correction[]
  readonly sessionCorrections: readonly SessionCorrection[]
  readonly suppressions: SuppressionIndex
  /** Agents under new names of which this version is the first to speak, or the first to take it back. */
  readonly renames: readonly RenamedAgent[]
  /** Log time of its making, milliseconds since 1970 UTC. */
  readonly madeAt: number
  /** Whether the registry has anyone: without a registry nobody is unowned. */
  readonly hasRegistry: boolean
  private readonly groups: Readonly<Record<string, string>>
  /** Whether anybody counts: not before the first days of a deployment without a registry. */
  private readonly hasAnybody: boolean
  readonly learningTenants: number
  readonly growthLimits: GrowthLimits
  private readonly learningDays: number
  private readonly tenants: ReadonlyMap<string, TenantHistory> | undefined
  /** Levels that were asked for, and those that were not yet. */
  private readonly levels = new Map<string, SharedCounts>()
  private readonly packed = new Map<string, SharedLevel>()
  private readonly surroundings = new Map<string, Surroundings>()
  private readonly registry = new Map<string, Agent>()
  private readonly calibrations = new Map<string, Calibration>()
  private readonly nobody = new SharedCounts()
  private readonly bindings: CredentialBindings
  /** The registry's names, to tell one that only looks like them. */
  readonly names: RegisteredNames

  constructor(knowledge: Knowledge, model: ScoringModel) {
    this.version = knowledge.version
    this.originDay = knowledge.origin_day
    this.hasher = sharedHasher(knowledge.profile_key)
    this.model = model
    this.sessionAlertRate = knowledge.session_alert_rate
    this.corrections = knowledge.corrections
    this.sessionCorrections = knowledge.session_corrections
    this.suppressions = new SuppressionIndex(knowledge.suppressions)
    this.madeAt = knowledge.made_at
    this.renames = (knowledge.renames ?? []).filter(
      ({ since_version, again_version }) => (again_version ?? since_version) === knowledge.version,
    )
    for (const judged of knowledge.judged)
      this.calibrations.set(judged.tenant, judgedCalibration(model.artifact.calibration, judged))
    for (const { tenant, factor } of knowledge.budget_feedback)
      this.calibrations.set(tenant, withBudgetFactor(this.calibrationOf(tenant), factor))
    this.groups = knowledge.groups
    const { tenants = [], learning_days = 0, made_at } = knowledge
    this.learningDays = learning_days
    this.growthLimits = knowledge.growth_limits ?? {}
    this.tenants = knowledge.tenants && new Map(tenants.map((of) => [of.tenant, of]))
    this.learningTenants = tenants.filter(
      (of) => learningDay(of, { logTime: made_at, days: learning_days }) !== undefined,
    ).length
    this.hasAnybody = knowledge.registry.length > 0 || Object.keys(knowledge.groups).length > 0
    this.hasRegistry = knowledge.registry.length > 0
    for (const level of knowledge.levels) {
      CountTable.checkPacked(level.table)
      this.packed.set(groupKeyOf(level.tenant, level.group), level)
    }
    for (const agent of knowledge.registry) this.registry.set(agentKeyOf(agent), agent)
    this.bindings = new CredentialBindings(knowledge.registry)
    this.names = new RegisteredNames(knowledge.registry)
  }

  /** An agent in no group yet is compared with its tenant alone. */
  surroundingsOf(tenant: string, agent: string): Surroundings {
    const key = agentKeyOf({ tenant, agent })
    const known = this.surroundings.get(key)
    if (known !== undefined) return known
    if (this.surroundings.size >= surroundingsMax) this.surroundings.clear()
    const found = this.found(tenant, key)
    this.surroundings.set(key, found)
    return found
  }

  private found(tenant: string, key: string): Surroundings {
    const everyone = this.levelOf(tenant, '*') ?? this.nobody
    const registered = this.registry.get(key)
    const role = registered?.role
    const group = this.groups[key] ?? (role === undefined ? undefined : `role:${role}`)
    const peers = group === undefined ? undefined : this.levelOf(tenant, group)
    return { group: peers ? (group as string) : '*', peers: peers ?? everyone, tenant: everyone, registered }
  }

  /** Unpacked when first asked for: all levels at once would keep every event waiting, some for a tenth of a second. */
  private levelOf(tenant: string, group: string): SharedCounts | undefined {
    const key = groupKeyOf(tenant, group)
    const packed = this.packed.get(key)
    if (packed !== undefined) {
      this.levels.set(key, SharedCounts.from(packed))
      this.packed.delete(key)
    }
    return this.levels.get(key)
  }

  calibrationOf(tenant: string): Calibration {
    return this.calibrations.get(tenant) ?? this.model.artifact.calibration
  }

  learningDay(tenant: string, logTime: number): LearningDay | undefined {
    const { tenants, learningDays: days } = this
    return tenants && learningDay(tenants.get(tenant), { logTime, days })
  }

  changesOf(tenant: string, agent: string): readonly AgentChange[] {
    return this.registry.get(agentKeyOf({ tenant, agent }))?.changes ?? []
  }

  tierOf(tenant: string, agent: string): Tier {
    return this.registry.get(agentKeyOf({ tenant, agent }))?.tier ?? 'medium'
  }

  /** Registered, or among those whose history counts; everybody while nobody is. */
  isCounted(tenant: string, agent: string): boolean {
    const key = agentKeyOf({ tenant, agent })
    return this.registry.has(key) || this.groups[key] !== undefined || !this.hasAnybody
  }

  boundTo(tenant: string, credential: string): string | undefined {
    return this.bindings.agentOf(tenant, credential)
  }

  /** What a finding tells of this version that no judgement made. */
  get context(): FindingContext {
    return {
      tierOf: (tenant, agent) => this.tierOf(tenant, agent),
      boundTo: (tenant, credential) => this.boundTo(tenant, credential),
      version: this.version,
      model: this.model.artifact.name,
    }
  }
}

/** Versions kept unpacked: partitions pass a marker at different moments, but never many days apart. */
const versionsMax = 4

/** Knowledge versions by number, read from the log when first asked for. Models are shared between versions that carry the same one. */
export class KnowledgeCache {
  private readonly log: Log
  private readonly versions = new Map<number, LoadedKnowledge>()
  private readonly models = new Map<string, ScoringModel>()
  /** The newest version, before its marker comes. */
  readonly ahead: KnowledgeAhead

  constructor(log: Log) {
    this.log = log
    this.ahead = lookAhead(log, (knowledge) => {
      if (!this.versions.has(knowledge.version)) this.put(knowledge)
    })
  }

  /** A marker stands behind its knowledge in time, so a version asked for is there; its absence is a broken log. */
  async take(version: number): Promise<LoadedKnowledge> {
    const known = this.versions.get(version)
    if (known) return known
    await this.ahead.settled()
    const came = this.versions.get(version)
    if (came) return came
    const logged = await readKnowledge(this.log, version)
    if (!logged)
      throw new Error(
        `agent.knowledge.v1 lacks version ${version}, which a marker in agent.events.v1 names; restore the topic or import history again`,
      )
    return this.put(logged.knowledge)
  }

  private put(knowledge: Knowledge): LoadedKnowledge {
    const loaded = new LoadedKnowledge(knowledge, this.modelOf(knowledge))
    this.versions.set(loaded.version, loaded)
    if (this.versions.size > versionsMax) this.versions.delete(Math.min(...this.versions.keys()))
    return loaded
  }

  private modelOf(knowledge: Knowledge): ScoringModel {
    const text = JSON.stringify(knowledge.model)
    const known = this.models.get(text)
    if (known) return known
    const artifact: ModelArtifact = ScoringModel.parse(
      knowledge.model,
      `agent.knowledge.v1 version ${knowledge.version}`,
    )
    const model = new ScoringModel(artifact)
    // Older models stay usable by versions still on the cache; a deployment trains a few a year.
    this.models.set(text, model)
    return model
  }
}
