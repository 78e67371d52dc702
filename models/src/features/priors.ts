/**
 * What is believed before anything was seen, and how much history it takes to believe more: every such constant of the features,
 * with its reason. A probability here is where the back-off ends: agent, peers, tenant, then this.
 */

/** P(system) of one that the tenant never used: one call in twenty goes to a new system at first. */
export const unseenSystem = 0.05

/** P(action) of one that the tenant never took: one share beside the actions known, as if there were five more. */
export const unseenStep = (stepsKnown: number): number => 1 / (stepsKnown + 5)

/** P(set of argument names | action) of a new set: one call in twenty. */
export const unseenArgumentSet = 0.05

/** P(kind of destination | action) of a new kind, such as another mail domain: one in a hundred. */
export const unseenDestinationKind = 0.01

/**
 * P(destination | action) of a new one: one fiftieth of what its kind has, so that a new address at a usual mail domain is less
 * strange than one elsewhere, and never less than one in a hundred thousand.
 */
export const unseenDestination = (kind: number): number => 0.02 * kind + 1e-5

/** P(quarter-octave bin | action) of an amount in a new bin: fifty bins are about what one action spreads over. */
export const unseenAmountBin = 0.02

/** P(as much or more) of an amount where nobody has one: even odds. */
export const unseenAmountTail = 0.5

/** Pseudo-amounts that each level takes over from the one above it. */
export const tailPseudoEvents = 2

/** P(failure | action) of an action that never failed: one call in ten. */
export const unseenFailure = 0.1

/** P(privilege or scope) of a new one: one use in fifty. */
export const unseenPrivilege = 0.02

/** P(source's system | kind of value, action, argument) of a new one: one value in twenty. */
export const unseenFlowSystem = 0.05

/** P(source | action, argument) of a new one: a third of what its system has, and never less than one in a thousand. */
export const unseenFlow = (system: number): number => 0.3 * system + 1e-3

/** P(source and root | action, argument) of a new one: a fifth of what the source has. */
export const unseenFlowRoot = (flow: number): number => 0.2 * flow

/** P(value | action, argument) of a new value: one in fifty. The score and the sentence about the rarest value both read it. */
export const unseenValue = 0.02

/** Share of an output's values that go on into a call of one kind, with the weight of so many outputs a level. */
export const obeyedOutputs = { share: 0.02, outputs: 2 }

/** Share of an action's destinations, and of an argument's values, that are new; two events of its own outweigh it. */
export const newNames = { share: 0.3, events: 2 }

/** Share of an agent's events whose action is new: few, once some hundred are known. */
export const newSteps = { share: 0.02, events: 100 }

/** The same of external destinations, which are rarer. */
export const newExternals = { share: 0.1, events: 4 }

/**
 * The same where it discounts a switch: it takes a few hundred events to earn the discount, so thin history has none.
 */
export const newNamesOverMonths = { share: 0.02, events: 100 }

/** A share of new names below e^-3, one in twenty, makes each of them count whole. */
export const unfamiliarNats = 3

/** Share of events that leave a field out, where neither agent nor peers are known. */
export const leftOut = 0.05

/** Pseudo-events of what is believed of a field left out. */
export const leftOutPseudoEvents = 2

/** Share of a step's calls that send more than they get back, where nobody knows it: even odds, with the weight of one call. */
export const unseenWriteShare = 0.5

/** Events after which a system never used counts half of what it counts in the end: at first every system is new. */
export const newSystemHalf = 20

/** Events after which a caller or place of origin never seen counts half of what it counts in the end: at first every one is new. */
export const newOriginHalf = 50

/** Events after which the habit of hours counts half of what it counts in the end: a few weeks of a busy agent. */
export const timeHabitHalf = 200

/** Amounts known before "more than ever" means anything: below it, ever is short. */
export const amountsKnownMin = 10

/** Privileges known to agent and peers before a new one says anything: until then the agent only shows what it has. */
export const privilegesKnownMin = 5

/** Ranks known before a higher one is a step up: until then the agent only shows what it has. */
export const ranksKnownMin = 20

/** Events known of agent and peers before "practically always" means anything. */
export const fieldEventsMin = 50
