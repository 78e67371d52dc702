const eventsAtATime = 500

/** What JSON.parse of an event costs, taken in slices while others work: on a busy machine it costs more, as they do. */
export class ParseBeside {
  private readonly lines: readonly string[]
  private next = 0
  private parsed = 0
  private used = 0

  constructor(events: readonly unknown[]) {
    this.lines = events.slice(0, 20_000).map((event) => JSON.stringify(event))
    // Compiled before it counts.
    for (const line of this.lines.slice(0, 2_000)) JSON.parse(line)
  }

  parseSome(): void {
    const start = process.cpuUsage()
    for (let count = 0; count < eventsAtATime; count++) {
      JSON.parse(this.lines[this.next] as string)
      this.next = (this.next + 1) % this.lines.length
    }
    const { user, system } = process.cpuUsage(start)
    this.used += user + system
    this.parsed += eventsAtATime
  }

  /** Of processor, an event. */
  microseconds(): number {
    if (this.parsed === 0) this.parseSome()
    return this.used / this.parsed
  }
}
