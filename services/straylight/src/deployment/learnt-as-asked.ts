import type { BaselineOptions } from '@straylight/baseline/create-baseline'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import type { DeploymentFiles } from './deployment-files.ts'

/** What registry, model and policy say of learning: the same live and in a replay, or a replay would judge otherwise. */
export const learntAsAsked = ({
  registry,
  model,
  policy,
}: Pick<DeploymentFiles, 'registry' | 'policy'> & { readonly model: ModelArtifact }) =>
  ({
    registry: registry.agents,
    model,
    sessionAlertRate: policy.budget.session_alert_rate,
    suppression: policy.suppression,
    historyRequired: policy.history_required,
    learningDays: policy.learning.days,
    roleChangeDays: policy.learning.role_change_days,
    growthLimits: policy.growth_limits,
  }) satisfies Partial<BaselineOptions>
