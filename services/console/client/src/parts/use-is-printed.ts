import { useSyncExternalStore } from 'react'

const paper = matchMedia('print')
let isPrinting = false

/** Browsers say it in two ways, and not all of them say both. */
function subscribe(changed: () => void): () => void {
  const begin = () => {
    isPrinting = true
    changed()
  }
  const end = () => {
    isPrinting = false
    changed()
  }
  paper.addEventListener('change', changed)
  window.addEventListener('beforeprint', begin)
  window.addEventListener('afterprint', end)
  return () => {
    paper.removeEventListener('change', changed)
    window.removeEventListener('beforeprint', begin)
    window.removeEventListener('afterprint', end)
  }
}

/** Whether the page is being put on paper: then nothing of it stays behind a button. */
export const useIsPrinted = (): boolean => useSyncExternalStore(subscribe, () => isPrinting || paper.matches)
