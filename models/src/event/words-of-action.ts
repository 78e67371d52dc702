/** Words in lower case: `bulkDeleteUsers` and `bulk.delete_users` are the same three. */
export const wordsOfAction = (action: string): string[] =>
  action
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
