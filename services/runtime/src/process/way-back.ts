/** What to do about a data folder of which a part is damaged or gone. */
export function wayBack(folder: string): string {
  return `Stop the program and restore ${folder} from a copy that was made while it was stopped. Without one, \`straylight reset --yes --keep-keys\` starts over with an empty log and store.`
}
