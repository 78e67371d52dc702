/** Whether the query behind the counts is printed whole, or how to ask for it. */
export interface ExplainOptions {
  readonly sql?: true
}

/** The counts behind a judgement as a query of the store: some forty lines of SQL, which only whoever asks for them wants to read. */
export function queryLines(query: string | null, id: string, { sql }: ExplainOptions): string[] {
  if (query === null) return []
  if (sql === true) return [`The counts, for clickhouse-client:\n${query}`]
  return [`The counts behind it, as a query of the store: \`straylight explain ${id} --sql\`.`]
}
