import { type RefObject, useEffect, useRef, useState } from 'react'

/** The width that an element has, in pixels: pictures are drawn for it, so that their text keeps its size. */
export function useWidth<Of extends Element>(otherwise = 600): [RefObject<Of | null>, number] {
  const element = useRef<Of>(null)
  const [width, setWidth] = useState(otherwise)
  useEffect(() => {
    const observed = element.current
    if (observed === null) return undefined
    const sizes = new ResizeObserver(([entry]) => {
      const now = Math.round(entry?.contentRect.width ?? 0)
      if (now > 0) setWidth(now)
    })
    sizes.observe(observed)
    return () => sizes.disconnect()
  }, [])
  return [element, width]
}
