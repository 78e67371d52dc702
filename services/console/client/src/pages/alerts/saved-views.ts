import { useState } from 'react'
import { z } from 'zod'

/** A name for a search, kept in this browser only. */
const SavedView = z.object({ name: z.string(), query: z.string() })
export type SavedView = z.infer<typeof SavedView>

const storedAs = 'straylight.alert-views'
/** So many at most: the oldest gives way. */
const viewsMax = 30

const given: readonly SavedView[] = [
  { name: 'Waits for approval', query: '?state=awaiting_approval&sort=deadline' },
  { name: 'High and critical', query: '?severity_min=high' },
  { name: 'Newest first', query: '?sort=newest' },
  { name: 'By agent', query: '?by=agent' },
]

function stored(): SavedView[] {
  try {
    return z.array(SavedView).parse(JSON.parse(localStorage.getItem(storedAs) ?? '[]'))
  } catch {
    // What another version wrote is no reason to show no alerts.
    return []
  }
}

export interface SavedViews {
  readonly views: readonly SavedView[]
  readonly own: readonly SavedView[]
  readonly save: (view: SavedView) => void
  readonly drop: (name: string) => void
}

export function useSavedViews(): SavedViews {
  const [own, setOwn] = useState(stored)
  const keep = (views: SavedView[]) => {
    localStorage.setItem(storedAs, JSON.stringify(views))
    setOwn(views)
  }
  return {
    views: [...given, ...own],
    own,
    save: (view) => keep([...own.filter(({ name }) => name !== view.name), view].slice(-viewsMax)),
    drop: (name) => keep(own.filter((view) => view.name !== name)),
  }
}
