/** The message of whatever was thrown: not everything that is thrown is an error. */
export const errorText = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
