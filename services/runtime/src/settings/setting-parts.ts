import { z } from 'zod'
import { secret, secretFile, withSecretFiles } from './secret-setting.ts'

/** A whole number with bounds; the message says them. */
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `expected a whole number from ${min} to ${max}`)
        .max(max, `expected a whole number from ${min} to ${max}`),
    )

const flag = z.enum(['true', 'false'], 'expected true or false').transform((value) => value === 'true')
/** An http(s) address. Errors and logs name it, so it holds no name and no password. */
const address = (example: string) =>
  z
    .url({ protocol: /^https?$/, error: `expected an http or https address, such as ${example}` })
    .refine((url) => !/^[^/]*\/\/[^/?#]*@|[?#]/.test(url), {
      error: `expected an address without a name, a password or a query in it, such as ${example}`,
      abort: true,
    })

const text = z.string().trim().min(1, 'expected a text that is not empty')
const file = text

/** Where everything of one deployment lies. */
const folder = z.object({
  STRAYLIGHT_DATA: file
    .default('.straylight')
    .describe('Data folder: log, store and keys in one place, copied while stopped. One program at a time.'),
})

/** What people who run it see. */
const operation = z.object({
  STRAYLIGHT_HOST: text
    .default('127.0.0.1')
    .describe('Address of /healthz, /readyz, /metrics and POST /v1/events. Loopback unless you say otherwise.'),
  STRAYLIGHT_PORT: whole(0, 65_535)
    .default(8700)
    .describe('Port of the same; 0 takes any free one and the log says which.'),
  STRAYLIGHT_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'expected trace, debug, info, warn, error or silent')
    .default('info')
    .describe('How much the program says about itself, as JSON lines on standard error (readable on a terminal).'),
  STRAYLIGHT_STOP_SECONDS: whole(1, 300)
    .default(20)
    .describe('How long a stop may take before the process ends anyway; what was not committed is read again.'),
  STRAYLIGHT_READY_LAG_RECORDS: whole(1, 1_000_000_000)
    .default(100_000)
    .describe(
      'A stage further behind than so many records is not ready: /readyz says so, and no agent is revoked whose partition is behind.',
    ),
})

/** What the stages work with. */
const pipeline = z.object({
  STRAYLIGHT_NAME: text
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected up to 64 letters, digits, dots, underscores and hyphens')
    .default('default')
    .describe('Name of this deployment: the commands that it signs say it as their issuer.'),
  STRAYLIGHT_READY_WEBHOOK_SECONDS: whole(1, 86_400)
    .default(300)
    .describe(
      'A webhook whose oldest message waits longer is a reason in /readyz of the process that runs respond. Revocation goes on.',
    ),
  STRAYLIGHT_POLICY: file.optional().describe('Policy file (policy.yaml). Without one: alert only, revoke nothing.'),
  STRAYLIGHT_REGISTRY: file
    .optional()
    .describe(
      'Registry file (agents.yaml): who each agent is and whose. Without one, owners, tiers and roles are unknown.',
    ),
  STRAYLIGHT_MAPPINGS: file
    .optional()
    .describe(
      'Mapping file (mappings.yaml): formats of your own, as data. `straylight inputs check FILE --sample LOGS` tries one.',
    ),
  STRAYLIGHT_HASH_CONTENTS: flag
    .default(true)
    .describe(
      'Arguments and results that spans hold become keyed hashes of what looks like identifiers (provenance), in memory. false: they are only measured.',
    ),
  STRAYLIGHT_SPAN_WAIT_SECONDS: whole(0, 300)
    .default(6)
    .describe(
      'A span of a tool whose agent is in no document yet waits so long for the spans around it, and what stands behind it in its partition with it. 0: no wait.',
    ),
  STRAYLIGHT_MODEL: file
    .optional()
    .describe('Model artifact made by `straylight train`. Without one, the default model.'),
  STRAYLIGHT_TOKENS: file
    .optional()
    .describe(
      'Bearer tokens of POST /v1/events, as SHA-256, each bound to a tenant. Without the file the endpoint is shut.',
    ),
  STRAYLIGHT_TENANT: text
    .max(512)
    .optional()
    .describe(
      'Tenant of records that come by file, standard input or a Kafka topic and name none. Without it: that of the registry, if all its agents are of one, else the account that the record names, else default.',
    ),
  STRAYLIGHT_PARTITIONS: whole(1, 256)
    .default(4)
    .describe(
      'Partitions of the keyed topics: the most instances of a stage that can share the work. Fixed at first start.',
    ),
  STRAYLIGHT_PROFILE_KEY: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits (`openssl rand -hex 16`)')
    .optional()
    .describe('Key of the profile keys, the same for every instance of a cluster. Embedded: made at first start.')
    .meta(secret),
  STRAYLIGHT_TENSORFLOW: z
    .enum(['wasm', 'native'], 'expected wasm or native')
    .default('wasm')
    .describe('Backend that scores. wasm gives the same bits however a batch was cut; native needs `npm run native`.'),
  STRAYLIGHT_CHECKPOINT_EVENTS: whole(1, 10_000_000)
    .default(50_000)
    .describe(
      'After how many events score begins to write changed profiles to the store: a takeover reads twice as many at most.',
    ),
  STRAYLIGHT_PROFILES_MAX: whole(100, 10_000_000)
    .default(20_000)
    .describe('Profiles that score keeps in memory (16 kB each at most); the least recently active is written away.'),
})

/** What `POST /v1/events` takes at a time, and of whom. */
const endpoint = z.object({
  STRAYLIGHT_ENDPOINT_LAG_RECORDS_MAX: whole(100, 2_000_000)
    .default(20_000)
    .describe(
      'While a stage is further behind than so many records, tokens that have sent as much as the average lately, or more, get 429.',
    ),
  STRAYLIGHT_TOKEN_RECORDS_PER_MINUTE_MAX: whole(1_000, 1_000_000_000)
    .default(600_000)
    .describe(
      'Records that each token may send a minute, arrays and documents taken apart. Beyond: 429 to that token.',
    ),
  STRAYLIGHT_TOKEN_REJECTIONS_PER_MINUTE_MAX: whole(1_000, 1_000_000_000)
    .default(60_000)
    .describe(
      'Records of each token a minute that cannot be read; a refused body counts as 100. Beyond: 429 to that token.',
    ),
  STRAYLIGHT_TOKEN_BYTES_IN_FLIGHT_MAX: whole(8_388_608, 67_108_864)
    .default(16_777_216)
    .describe('Bytes, unzipped, of bodies of each token that are at hand at once. Beyond: 429 to that token.'),
  STRAYLIGHT_TOKEN_CONNECTIONS_MAX: whole(1, 10_000)
    .default(16)
    .describe('Requests of each token that are at hand at once. Beyond: 429 to that token.'),
  STRAYLIGHT_BODY_SECONDS_MAX: whole(1, 600)
    .default(30)
    .describe('How long a body may take to come; then 408, and its connection ends.'),
  STRAYLIGHT_BODY_BYTES_PER_SECOND_MIN: whole(1, 10_485_760)
    .default(1_024)
    .describe(
      'Bytes a second, as sent, that a body must bring over any five seconds; else 408, and its connection ends.',
    ),
})

/** What people open in a browser, and the local API that the commands of a shell ask. */
const people = z.object({
  STRAYLIGHT_CONSOLE: flag
    .default(true)
    .describe('Whether `up` of all stages serves the console (true or false). `up console` serves it in any case.'),
  STRAYLIGHT_CONSOLE_HOST: text
    .default('127.0.0.1')
    .describe(
      'Address of the console. Loopback unless you say otherwise; otherwise give it TLS, here or in front of it.',
    ),
  STRAYLIGHT_CONSOLE_PORT: whole(0, 65_535)
    .optional()
    .describe(
      'Port of the console. Without it the one above STRAYLIGHT_PORT; 0 takes any free one and the log says which.',
    ),
  STRAYLIGHT_CONSOLE_URL: address('https://straylight.acme.example')
    .optional()
    .describe(
      'Address under which browsers reach the console, where something stands in front of it. https makes cookies Secure.',
    ),
  STRAYLIGHT_CONSOLE_TLS_CERT: file
    .optional()
    .describe('File with the certificate of the console (PEM), with its key: TLS.'),
  STRAYLIGHT_CONSOLE_TLS_KEY: file.optional().describe('File with the key of that certificate (PEM).').meta(secretFile),
  STRAYLIGHT_CONSOLE_PROXIES: text
    .transform((list) => list.split(',').map((one) => one.trim()))
    .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).min(1))
    .optional()
    .describe(
      'Addresses or networks of the proxies in front of the console, with commas between them, such as 10.0.0.0/8. Their X-Forwarded-For is believed, so that wrong passwords are counted by the address that they came from.',
    ),
  STRAYLIGHT_CONSOLE_USERS: file
    .optional()
    .describe(
      'File of users and password hashes, which `straylight user add` writes. Without it: keys/users.json in the data folder.',
    ),
  STRAYLIGHT_CONSOLE_OIDC_ISSUER: address('https://login.acme.example')
    .optional()
    .describe(
      'OpenID provider through which people sign in, as it names itself. With it: the client, roles and console URL.',
    ),
  STRAYLIGHT_CONSOLE_OIDC_CLIENT_ID: text.optional().describe('Name of the console at that provider.'),
  STRAYLIGHT_CONSOLE_OIDC_CLIENT_SECRET: z
    .string()
    .optional()
    .describe('Secret of the console at that provider. Without it the console is a public client (PKCE alone).')
    .meta(secret),
  STRAYLIGHT_CONSOLE_OIDC_SCOPES: text
    .regex(/^(?:\S+ )*openid(?: \S+)*$/, 'expected scopes with spaces between, openid among them')
    .default('openid profile email')
    .describe('Scopes to ask for. Some providers send groups only with one more, such as groups.'),
  STRAYLIGHT_CONSOLE_OIDC_USER_CLAIM: text
    .default('preferred_username')
    .describe('Claim with the name that audit and pages show. Choose one that people cannot change by themselves.'),
  STRAYLIGHT_CONSOLE_OIDC_GROUPS_CLAIM: text
    .default('groups')
    .describe("Claim with the user's groups or roles; dots lead into objects, as in realm_access.roles."),
  STRAYLIGHT_CONSOLE_OIDC_ROLES: file
    .optional()
    .describe('File (YAML) that says which group has which role and tenant; read again when it changes.'),
  STRAYLIGHT_CONSOLE_LINK_MINUTES: whole(1, 1_440)
    .default(15)
    .describe('How long the one-time link that `up` prints, or `straylight link` makes, can be used.'),
  STRAYLIGHT_CONSOLE_SESSION_HOURS: whole(1, 168)
    .default(12)
    .describe('How long somebody stays signed in at most; after an hour without a request it ends in any case.'),
  STRAYLIGHT_DIGEST_HOUR: whole(0, 23)
    .optional()
    .describe(
      'Hour, UTC, from which on `up` sends the day before to owners (as `straylight digest` does); unset sends none.',
    ),
})

/** Set KAFKA_BROKERS and the log is Apache Kafka instead of the embedded one. */
const kafka = z.object({
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .pipe(z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'expected host:port, separated by commas')).min(1))
    .optional()
    .describe('host:port of brokers, separated by commas. Set: the log is Kafka. Unset: the embedded log.'),
  KAFKA_CLIENT_ID: text.default('straylight').describe("Name of this program in the broker's logs and quotas."),
  KAFKA_REPLICATION_FACTOR: whole(1, 9)
    .default(3)
    .describe('Copies of each topic that `up` and `topics apply` create; 1 for a lone broker.'),
  KAFKA_MIN_INSYNC_REPLICAS: whole(1, 9)
    .default(2)
    .describe('Copies that must have a record before it counts as written; never more than there are copies.'),
  KAFKA_SESSION_TIMEOUT_MS: whole(1_000, 1_800_000)
    .default(10_000)
    .describe(
      'Without a sign of life for so long, the partitions of a process go to the others. Brokers allow 6,000 and more.',
    ),
  KAFKA_SSL: flag.default(false).describe('Speak TLS to the brokers (true or false).'),
  KAFKA_SSL_CA: file.optional().describe('File with the certificate authority of the brokers (PEM).'),
  KAFKA_SSL_CERT: file.optional().describe('File with the client certificate (PEM), for mutual TLS.'),
  KAFKA_SSL_KEY: file.optional().describe('File with the key of the client certificate (PEM).').meta(secretFile),
  KAFKA_SASL_MECHANISM: z
    .enum(
      ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'],
      'expected plain, scram-sha-256, scram-sha-512 or oauthbearer',
    )
    .optional()
    .describe('How to sign in at the brokers.'),
  KAFKA_SASL_USERNAME: text.optional().describe('Name to sign in with at the brokers (plain and scram).'),
  KAFKA_SASL_PASSWORD: z.string().optional().describe('Password to sign in with at the brokers.').meta(secret),
  KAFKA_OAUTH_TOKEN_FILE: file
    .optional()
    .describe('File with a bearer token (oauthbearer), read again at each sign-in: somebody else renews it.')
    .meta(secretFile),
  KAFKA_OAUTH_TOKEN_URL: address('https://login.acme.example/token')
    .optional()
    .describe('Address that gives tokens for client credentials (oauthbearer), instead of a token file.'),
  KAFKA_OAUTH_CLIENT_ID: text.optional().describe('Name of this client at that address.'),
  KAFKA_OAUTH_CLIENT_SECRET: z.string().optional().describe('Secret of this client at that address.').meta(secret),
  KAFKA_OAUTH_SCOPE: text.optional().describe('Scope to ask for at that address, where it wants one.'),
  KAFKA_OAUTH_TIMEOUT_MS: whole(100, 60_000)
    .default(10_000)
    .describe('How long that address may take to answer; then the sign-in failed and is tried again.'),
})

/** Set CLICKHOUSE_URL and the store is a server instead of chDB in the process. */
const clickhouse = z.object({
  CLICKHOUSE_URL: address('http://clickhouse:8123')
    .optional()
    .describe('Address of a ClickHouse server. Set: the store is that server. Unset: chDB in this process.'),
  CLICKHOUSE_USER: text.default('default').describe('Name to sign in with at the server.'),
  CLICKHOUSE_PASSWORD: z.string().default('').describe('Password to sign in with at the server.').meta(secret),
  CLICKHOUSE_DATABASE: text
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected letters, digits and underscores')
    .default('straylight')
    .describe('Database at the server; made when it is missing.'),
})

/**
 * Every setting there is, by who needs it. The name is the environment variable, its unit stands in the name, its
 * reason in the description (`deploy/env.example` is written from here).
 */
export const settingParts = {
  folder,
  operation,
  pipeline: withSecretFiles(pipeline),
  endpoint,
  people: withSecretFiles(people),
  kafka: withSecretFiles(kafka),
  clickhouse: withSecretFiles(clickhouse),
} as const
