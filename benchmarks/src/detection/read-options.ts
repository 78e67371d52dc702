import { parseArgs } from 'node:util'
import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
import type { Mode } from './variant.ts'

export interface DetectionOptions {
  readonly data: string
  /** Names of streams; undefined takes all. */
  readonly streams: readonly string[] | undefined
  readonly modes: readonly Mode[]
  readonly seeds: number
  readonly json: string | undefined
  readonly plots: string | undefined
  readonly quick: boolean
  readonly ablate: boolean
  /** Only: each stream by weights chosen on the others. */
  readonly leaveOneOut: boolean
  /** Only: what the tail of ordinary risks looks like in simulated deployments. */
  readonly tails: boolean
}

/** Wrong usage; the message ends with how it is meant. */
export class UsageError extends StraylightError {
  override readonly name = 'UsageError'
  override readonly code = 'wrong_usage'
  override readonly exit_code = 2

  constructor(fault: string) {
    super(`${fault}\n\n${usage}`)
  }
}

const usage = `npm run bench:detection -- --data DIR [--streams NAME,NAME] [--modes sparse,all] [--seeds 3]
                          [--json FILE] [--plots DIR] [--quick] [--ablate] [--leave-one-out]
npm run bench:detection -- --tails

  --data     folder with labelled streams: for each, NAME.events.ndjson.gz and NAME.labels.ndjson.gz
             (benchmarks/README.md tells their form; the project brings none)
  --streams  only these (all that are found)
  --modes    sparse: at most three attack sessions an agent; all: every one (both)
  --seeds    how often each model is trained (3)
  --json     writes every row to this file
  --plots    writes a plot a stream, mode and condition to this folder
  --quick    one seed, sparse, no moving world, no thin history
  --ablate   also the network trained without the features that stand in no sum
  --leave-one-out  only: each stream by weights and caps chosen on all others, sparse, beside the shipped ones
  --tails    only: the tail of ordinary risks in simulated deployments, which the calibration of thin history is shrunk to`

/** Reads the command line. @throws UsageError that names what is missing or wrong. */
export function readOptions(args: readonly string[]): DetectionOptions {
  const { values } = parsed(args)
  const tails = values.tails === true
  if (values.data === undefined && !tails)
    throw new UsageError('--data is missing: give the folder with the labelled streams.')
  const quick = values.quick === true
  const modes = values.modes?.split(',') ?? (quick ? ['sparse'] : ['sparse', 'all'])
  const wrong = modes.find((mode) => mode !== 'sparse' && mode !== 'all')
  if (wrong !== undefined) throw new UsageError(`--modes ${wrong}: there are sparse and all.`)
  const seeds = Number(values.seeds ?? (quick ? 1 : 3))
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > 100)
    throw new UsageError(`--seeds ${values.seeds}: expected a whole number from 1 to 100.`)
  const { data = '', json, plots } = values
  return {
    tails,
    ...{
      data,
      json,
      plots,
      quick,
      ablate: values.ablate === true,
      leaveOneOut: values['leave-one-out'] === true,
      seeds,
    },
    streams: values.streams?.split(','),
    modes: modes as Mode[],
  }
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ data: text, streams: text, modes: text, seeds: text, json: text, plots: text },
        ...{ quick: flag, ablate: flag, 'leave-one-out': flag, tails: flag },
      },
    })
  } catch (error) {
    throw new UsageError(errorText(error))
  }
}
