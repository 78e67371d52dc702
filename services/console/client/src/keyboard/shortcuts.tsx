import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'

export interface Shortcut {
  /** One key, or two that are pressed one after the other, such as `g a`. */
  readonly keys: string
  readonly what: string
  readonly run: () => void
}

interface ShortcutsState {
  readonly enabled: boolean
  readonly setEnabled: (enabled: boolean) => void
  readonly listed: () => readonly Shortcut[]
  readonly register: (shortcuts: readonly Shortcut[]) => () => void
}

const storedAs = 'straylight.shortcuts'
const sequenceMs = 1200
const Shortcuts = createContext<ShortcutsState | undefined>(undefined)

/** Listens for the shortcuts that the shown page has registered. They rest while a person types, and can be switched off. */
export function ShortcutsProvider({ children }: { children: ReactNode }): ReactNode {
  const registered = useRef(new Set<readonly Shortcut[]>())
  const [enabled, setEnabled] = useState(() => localStorage.getItem(storedAs) !== 'off')
  const state = useMemo<ShortcutsState>(
    () => ({
      enabled,
      setEnabled: (on) => {
        localStorage.setItem(storedAs, on ? 'on' : 'off')
        setEnabled(on)
      },
      listed: () => [...registered.current].flat(),
      register: (shortcuts) => {
        registered.current.add(shortcuts)
        return () => registered.current.delete(shortcuts)
      },
    }),
    [enabled],
  )
  useEffect(() => {
    if (!enabled) return undefined
    return listen(() => [...registered.current].flat())
  }, [enabled])
  return <Shortcuts value={state}>{children}</Shortcuts>
}

function listen(shortcuts: () => readonly Shortcut[]): () => void {
  let first: { key: string; at: number } | undefined
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    const before = first !== undefined && event.timeStamp - first.at < sequenceMs ? `${first.key} ` : ''
    first = undefined
    const wanted = `${before}${event.key}`
    // Of two with the same keys the one registered last wins: it belongs to what opened last.
    const found = shortcuts().findLast(({ keys }) => keys === wanted)
    if (found !== undefined) {
      event.preventDefault()
      found.run()
    } else if (shortcuts().some(({ keys }) => keys.startsWith(`${event.key} `))) {
      first = { key: event.key, at: event.timeStamp }
    }
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('dialog') !== null) return true
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
}

export function useShortcutsState(): ShortcutsState {
  const state = useContext(Shortcuts)
  if (state === undefined) throw new Error('shortcuts are used outside of their provider')
  return state
}

/** Registers shortcuts while the component that calls it is shown. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const { register } = useShortcutsState()
  const latest = useRef(shortcuts)
  latest.current = shortcuts
  const names = shortcuts.map(({ keys }) => keys).join('\n')
  useEffect(() => {
    const stable = latest.current.map((one, at) => ({ ...one, run: () => latest.current[at]?.run() }))
    return names === '' ? undefined : register(stable)
  }, [register, names])
}
