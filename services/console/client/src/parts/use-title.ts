import { visibleLines } from '@straylight/schemas/visible-text'
import { useEffect } from 'react'

/** Names the page: in the tab, and for screen readers, which read it when the page changes. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${visibleLines(title)} – Straylight`
  }, [title])
}
