const named = process.env.BENCH_PAGES?.split(',') ?? []

/** Whether a page or another part of the benchmark is asked: all where `BENCH_PAGES` names none. */
export const isAsked = (page: string): boolean => named.length === 0 || named.includes(page)
