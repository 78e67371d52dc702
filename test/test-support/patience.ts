/**
 * How long a test may see nothing of what it waits for, in milliseconds. It ends a test that hangs, and is no measure of
 * speed: the slowest machine that the tests are meant for is far within it. Whoever waits for a program fails at once
 * when the program has ended.
 */
export const patienceMs = 600_000
