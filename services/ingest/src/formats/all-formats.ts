import { cloudevents } from './cloudevents.ts'
import { cloudtrail } from './cloudtrail.ts'
import type { Format } from './format.ts'
import { native } from './native.ts'

/** Every format, in the order of asking: of those that a value may be by its field names, the first that recognises it reads it, the most telling marks first. */
export const allFormats: readonly Format[] = [cloudevents, cloudtrail, native]
