import { countedFields } from '../features/reported-fields.ts'
import type { HashedContext, HashedKey, KeyHashes } from '../profile/hashed-key.ts'
import { feedingKey, flowRootKey, part, systemOfSource } from '../profile/profile-key.ts'
import { consequentialAction } from './consequential-action.ts'
import type { Destination } from './destination.ts'

/** The contexts and keys of one step, looked up by its name at once: an event asks for a dozen, and features share them. */
export class StepKeys {
  readonly step: string
  /** Whether it moves money, changes who may do what, or destroys. */
  readonly is_consequential: boolean
  /** The step itself, among all of the agent's. */
  readonly own: HashedKey
  /** The context of what comes after it. */
  readonly after: HashedContext
  readonly arguments: HashedContext
  readonly sent: HashedContext
  readonly received: HashedContext
  readonly records: HashedContext
  readonly outcome: HashedContext
  private readonly hasher: KeyHashes
  private readonly afterTwo = new Map<string, HashedContext>()
  private readonly destinations = new Map<string, DestinationKeys>()
  private readonly sinks = new Map<string, SinkKeys>()
  private readonly keyByField: (HashedKey | undefined)[] = []
  private readonly keysByBits: (readonly HashedKey[] | undefined)[] = []

  constructor(hasher: KeyHashes, step: string) {
    this.hasher = hasher
    this.step = step
    this.is_consequential = consequentialAction(step.slice(step.indexOf('/') + 1))
    this.own = hasher.keyOf('step', '', step)
    this.after = hasher.contextOf('bigram', step)
    this.arguments = hasher.contextOf('arguments', step)
    this.sent = hasher.contextOf('sent', step)
    this.received = hasher.contextOf('received', step)
    this.records = hasher.contextOf('records', step)
    this.outcome = hasher.contextOf('outcome', step)
  }

  /** The key of a counted field that is reported, by its place. */
  reported(field: number): HashedKey {
    const known = this.keyByField[field]
    if (known !== undefined) return known
    const { name, of } = countedFields[field] as (typeof countedFields)[number]
    const made =
      of === 'step' ? this.hasher.keyOf('reported', name, this.step) : this.hasher.keyOf('reported', '', name)
    this.keyByField[field] = made
    return made
  }

  /** The keys of all counted fields that are reported, by their bits: events of a step mostly tell the same. */
  reportedKeys(bits: number): readonly HashedKey[] {
    const known = this.keysByBits[bits]
    if (known !== undefined) return known
    this.hasher.makeRoom()
    const made = countedFields.flatMap((_, field) => ((bits & (1 << field)) === 0 ? [] : [this.reported(field)]))
    this.keysByBits[bits] = made
    return made
  }

  /** The context of what comes after this step and the one before it. */
  afterIt(before: string): HashedContext {
    const known = this.afterTwo.get(before)
    if (known !== undefined) return known
    this.hasher.makeRoom()
    const made = this.hasher.contextOf('trigram', before + part + this.step)
    this.afterTwo.set(before, made)
    return made
  }

  destination(destination: Destination): DestinationKeys {
    const known = this.destinations.get(destination.key)
    // A file and a host may be written alike, and what the registry calls its own may change.
    if (known !== undefined && known.kind.x === destination.kind && (known.external !== null) === destination.external)
      return known
    this.hasher.makeRoom()
    const made = destinationKeys(this.hasher, this.step, destination)
    this.destinations.set(destination.key, made)
    return made
  }

  sink(argument: string): SinkKeys {
    const known = this.sinks.get(argument)
    if (known !== undefined) return known
    this.hasher.makeRoom()
    const made = new SinkKeys(this.hasher, this.step, argument)
    this.sinks.set(argument, made)
    return made
  }
}

/** A destination at one step and anywhere, and its kind at both. */
export interface DestinationKeys {
  readonly destination: HashedKey
  readonly anyDestination: HashedKey
  readonly kind: HashedKey
  readonly anyKind: HashedKey
  /** None where it does not leave the house. */
  readonly external: HashedKey | null
  /** What the step would have gone to before if the name were a file's; none where the name is no file's. */
  readonly files: readonly HashedKey[]
}

/** Kinds that only files have. */
const fileKinds = ['csv', 'txt', 'pdf', 'docx', 'xlsx', 'json', 'yaml', 'xml', 'html', 'log', 'png', 'sql', 'parquet']
const noFiles: readonly HashedKey[] = []

function destinationKeys(hasher: KeyHashes, step: string, destination: Destination): DestinationKeys {
  const { key, kind, external, file_like } = destination
  const own = hasher.keyOf('kind', step, kind)
  return {
    destination: hasher.keyOf('destination', step, key),
    anyDestination: hasher.keyOf('anyDestination', '', key),
    kind: own,
    anyKind: hasher.keyOf('anyKind', '', kind),
    external: external ? hasher.keyOf('external', '', key) : null,
    files: file_like ? [own, ...fileKinds.map((ending) => hasher.keyOf('kind', step, `file:${ending}`))] : noFiles,
  }
}

/** Ways into one argument that are kept by their source: a few roots, for an argument's values are nearly all of one kind. */
const waysMax = 16

/** A step's argument: where flows end. */
export class SinkKeys {
  readonly flow: HashedContext
  readonly flowRoot: HashedContext
  readonly value: HashedContext
  private readonly hasher: KeyHashes
  private readonly step: string
  private readonly ways = new Map<string, FlowKeys[]>()

  constructor(hasher: KeyHashes, step: string, argument: string) {
    const sink = step + part + argument
    this.hasher = hasher
    this.step = step
    this.flow = hasher.contextOf('flow', sink)
    this.flowRoot = hasher.contextOf('flowRoot', sink)
    this.value = hasher.contextOf('value', sink)
  }

  /** The keys of a value of this kind that came out of this source, rooted like that. */
  way(kind: string, source: string, root: string): FlowKeys {
    const ways = this.ways.get(source)
    if (ways !== undefined) for (const way of ways) if (way.kind === kind && way.root === root) return way
    this.hasher.makeRoom()
    const made = this.newWay(kind, source, root)
    if (ways === undefined || ways.length === waysMax) this.ways.set(source, [made])
    else ways.push(made)
    return made
  }

  private newWay(kind: string, source: string, root: string): FlowKeys {
    const { hasher, step } = this
    const isStep = source.includes('/')
    return {
      kind,
      root,
      flow: hasher.keyIn(this.flow, source),
      flowRoot: hasher.keyIn(this.flowRoot, flowRootKey(source, root)),
      flowKind: hasher.keyOf('flowKind', kind, systemOfSource(source)),
      feeding: isStep ? hasher.keyOf('feeding', kind, feedingKey(source, step)) : null,
      returning: isStep ? hasher.keyOf('returning', '', source) : null,
    }
  }
}

/** One way of a value into an argument. */
export interface FlowKeys {
  readonly kind: string
  readonly root: string
  readonly flow: HashedKey
  readonly flowRoot: HashedKey
  readonly flowKind: HashedKey
  /** The source's output fed this step, out of the outputs that it returned; none where the source is no step. */
  readonly feeding: HashedKey | null
  readonly returning: HashedKey | null
}
