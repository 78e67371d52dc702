/** What is made when it is first asked for, and once. */
export interface HeldOnce<Made> {
  get(): Promise<Made>
  /** What has been made by now, or is being made. */
  made(): Promise<Made[]> | undefined
}

export function heldOnce<Made>(make: () => Promise<Made>): HeldOnce<Made> {
  let held: Promise<Made> | undefined
  return {
    get: () => {
      held ??= make()
      return held
    },
    made: () =>
      held?.then(
        (value) => [value],
        () => [],
      ),
  }
}
