import { z } from 'zod'

import { Tier } from './agent.ts'
import { Cause, Severity } from './finding.ts'
import { Role } from './verdict.ts'

/** The four answers to evidence, mildest first. */
export const Response = z.enum(['observe', 'alert', 'approve', 'revoke'])
export type Response = z.infer<typeof Response>

/** In whose form a webhook's messages are: our own, signed, or that of the product that takes them. */
export const WebhookFormat = z.enum(['straylight', 'slack', 'teams', 'pagerduty', 'splunk_hec', 'elastic_ecs', 'ocsf'])
export type WebhookFormat = z.infer<typeof WebhookFormat>

const names = z.array(z.string().min(1).max(512)).min(1).max(100)

/** The most credentials that a policy may let one command take: as many as any agent has. */
export const credentialsPerCommandMax = 1_000

/** What is wrong with a part of a passkey that was not copied whole. */
const asShown = 'expected base64url as the console shows it when a passkey is made'

/** What a tier answers to each severity; missing severities take the default of the next lower one. */
const TierPolicy = z.strictObject({
  low: Response.default('alert'),
  medium: Response.default('alert'),
  high: Response.default('alert'),
  critical: Response.default('alert'),
  /** Commands are recorded and not sent. */
  shadow: z.boolean().default(false),
})

/** By how much more an agent may move within a week than in a week before, whatever its share: what is beyond is alerted. */
export const GrowthLimits = z.strictObject({
  sent_bytes_per_week: z.number().nonnegative().optional(),
  received_bytes_per_week: z.number().nonnegative().optional(),
  records_per_week: z.number().nonnegative().optional(),
  calls_per_week: z.number().nonnegative().optional(),
})
export type GrowthLimits = z.infer<typeof GrowthLimits>

/**
 * `policy.yaml`: what happens when an agent strays. The default alerts only.
 * Every number has its unit in its name; every bound is here and nowhere else.
 */
export const Policy = z.strictObject({
  id: z.string().min(1).default('default'),
  version: z.number().int().positive().default(1),
  budget: z
    .strictObject({
      /** Share of ordinary sessions that may alert. */
      session_alert_rate: z.number().positive().max(0.2).default(0.001),
    })
    .prefault({}),
  tiers: z
    .strictObject({
      low: TierPolicy.prefault({}),
      medium: TierPolicy.prefault({}),
      high: TierPolicy.prefault({}),
      critical: TierPolicy.prefault({}),
    })
    .prefault({}),
  /** Nothing is revoked before the agent has this much history. */
  history_required: z
    .strictObject({ events: z.number().int().nonnegative().default(200), days: z.number().nonnegative().default(7) })
    .prefault({}),
  /**
   * A tenant without imported history is learnt for so many days before what is new there counts in full, since until then nearly
   * everything is new. 0: it is judged from its first event on.
   */
  learning: z
    .strictObject({
      days: z.number().min(0).max(90).default(21),
      /**
       * A system or an action that three agents of a role or more begin alike is learnt after so many days, if nobody has called any of it true;
       * 0: only a verdict teaches it sooner than the seven days of all that is quarantined.
       */
      role_change_days: z.number().min(0).max(7).default(3),
    })
    .prefault({}),
  /** Slow ramps are found without them. */
  growth_limits: GrowthLimits.prefault({}),
  revocation: z
    .strictObject({
      expires_after_seconds: z.number().int().min(5).max(86_400).default(300),
      reply_within_seconds: z.number().int().min(1).max(3600).default(10),
      deny_reissue_seconds: z.number().int().min(0).max(604_800).default(1800),
      /**
       * A command goes by itself only for what happened at most so long before the log had it. Beyond that a person is asked, so that old logs
       * revoke nothing, and no date that a sender writes takes an answer away.
       */
      event_age_seconds_max: z.number().int().min(60).max(31_536_000).default(86_400),
      /** The most that one command may take. A suspension that a person approves takes all of its agent's. */
      max_credentials: z.number().int().min(1).max(credentialsPerCommandMax).default(1),
      /**
       * The issuing broker refuses a command whose `precondition.holder_agent_id` is not the holder: then a credential that only
       * the accused has named, and of which no evidence says whose it is, needs no person.
       */
      broker_checks_holder: z.boolean().default(false),
    })
    .prefault({}),
  approval: z
    .strictObject({
      deadline_seconds: z.number().int().min(5).max(604_800).default(900),
      /** A verdict counts for so long after it was said. */
      verdict_valid_seconds: z.number().int().min(30).max(86_400).default(900),
      /** So far the clock of whoever says it may be ahead of the log's, or behind it. */
      clock_tolerance_seconds: z.number().int().min(0).max(3_600).default(60),
      /** `registered`: who has a passkey in the policy approves with it, all others with their signed command. `required`: nobody approves without. */
      passkey: z.enum(['registered', 'required']).default('registered'),
      /** Where the console is reached; a passkey signs for no other place. Its host is the name that passkeys are made for. */
      passkey_origins: z
        .array(z.url({ protocol: /^https?$/ }))
        .min(1)
        .max(10)
        .default(['http://localhost:8701']),
    })
    .prefault({}),
  breakers: z
    .strictObject({
      commands_per_minute: z.number().int().min(1).max(10_000).default(5),
      agents_revoked_share_per_hour: z.number().positive().max(1).default(0.1),
      /** Below this many agents seen, the share says nothing and one agent an hour is allowed. */
      agents_revoked_minimum: z.number().int().min(1).default(2),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      /** An alert without new evidence for so long closes. */
      quiet_close_seconds: z.number().int().min(60).max(2_592_000).default(86_400),
      /** The gravest so many findings of an alert are kept whole in it. */
      findings_max: z.number().int().min(1).max(100).default(10),
    })
    .prefault({}),
  /** What a false verdict silences: findings of the same agent, cause and target, for a time. */
  suppression: z
    .strictObject({
      /** Days where the verdict names none; 0: verdicts silence nothing unless they say so. */
      days: z.number().int().min(0).max(365).default(14),
      /** No verdict silences for longer. */
      days_max: z.number().int().min(0).max(365).default(90),
      /** What scores higher than so many times the judged score is reported all the same. */
      score_factor: z.number().min(1).max(3).default(1.25),
      /** Suppressions of a tenant in force at a time; the newest count. */
      per_tenant_max: z.number().int().min(0).max(5_000).default(500),
    })
    .prefault({}),
  webhooks: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9-]{1,40}$/, 'must be small letters, digits and hyphens, 40 at most, such as soc-pager'),
        /** Where messages go. Often a secret: then a file is the better place for it. */
        url: z.url().optional(),
        /** A file that holds the URL, instead of `url`; read at each attempt. Relative to the policy's own folder. */
        url_file: z.string().min(1).optional(),
        /** Left out: `straylight`, and `straylight policy check` says where the address looks like another product's. */
        format: WebhookFormat.optional(),
        /** What the product asks for beside its address: PagerDuty's routing key, Splunk's token, Elastic's API key. A secret. */
        token: z.string().min(1).max(4_096).optional(),
        /** A file that holds the token, instead of `token`; read at each attempt. Relative to the policy's own folder. */
        token_file: z.string().min(1).optional(),
        severity_min: Severity.default('low'),
        /** Which alerts it hears of, each list where it is there: an alert must be in all of them. */
        severities: z.array(Severity).min(1).optional(),
        tenants: names.optional(),
        /** As the registry says them; `*@acme.example` stands for all that end so. */
        owners: names.optional(),
        tiers: z.array(Tier).min(1).optional(),
        causes: z.array(Cause).min(1).optional(),
        timeout_seconds: z.number().int().min(1).max(60).default(15),
        /** Allow http and private addresses: for receivers inside the same network. */
        allow_private: z.boolean().default(false),
      }),
    )
    .max(20)
    .default([]),
  /** Who may give verdicts: Ed25519 public keys (JWK `x`), with roles, for tenants (`*` for all). */
  issuers: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        public_key: z.string().min(40, 'expected what `straylight issuer NAME` prints: 43 characters of base64url'),
        roles: z.array(Role).min(1),
        tenants: z.array(z.string()).min(1).default(['*']),
        /** Passkeys with which it approves: what the console shows when one is made. */
        passkeys: z
          .array(
            z.strictObject({
              id: z.string().regex(/^[A-Za-z0-9_-]{16,1400}$/, asShown),
              /** COSE key, base64url. */
              public_key: z.string().regex(/^[A-Za-z0-9_-]{40,2000}$/, asShown),
            }),
          )
          .max(10)
          .default([]),
      }),
    )
    .max(200)
    .default([]),
})
export type Policy = z.infer<typeof Policy>
