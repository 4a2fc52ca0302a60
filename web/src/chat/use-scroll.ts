import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { isAtBottom } from './keep-place.tsx'

/** Whether one is at the newest message, and how many came since one was. @param ids of all messages, rising */
export function useBottom(scroller: RefObject<HTMLElement | null>, ids: readonly number[]) {
  const [isBottom, setBottom] = useState(true)
  const newest = ids.at(-1) ?? 0
  const [seen, setSeen] = useState(newest)
  if (isBottom && seen < newest) setSeen(newest)
  const onScroll = useCallback(() => {
    if (scroller.current) setBottom(isAtBottom(scroller.current))
  }, [scroller])
  const toBottom = useCallback(() => scroller.current?.scrollTo({ top: 0 }), [scroller])
  const unseen = ids.length - (ids.findLastIndex((id) => id <= seen) + 1)
  return { isBottom, unseen: isBottom ? 0 : unseen, onScroll, toBottom }
}

/** Frames after which all lines at the top have been drawn, so that their heights are no longer guesses. */
const SETTLED = 3

/** Home goes to the oldest line that is here; Chromium itself goes but a part of the way where it counts from the bottom. */
export function goHome(event: KeyboardEvent<HTMLElement>): void {
  const scroller = event.currentTarget
  if (event.key !== 'Home' || event.target !== scroller) return
  event.preventDefault()
  const go = (frames: number) => {
    scroller.scrollTop = -scroller.scrollHeight
    if (frames > 0) requestAnimationFrame(() => go(frames - 1))
  }
  go(SETTLED)
}

/** Calls `load` while the returned element is near the view. @param state a change of it is a reason to look again */
export function useNear(root: RefObject<HTMLElement | null>, load: () => void, state: unknown) {
  const ref = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: an element that stays in view is not told of again
  useEffect(() => {
    const mark = ref.current
    if (!mark) return
    // A busy page gets several entries at once: the last one counts.
    const observer = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && load(), {
      root: root.current,
      rootMargin: '600px 0px',
    })
    observer.observe(mark)
    return () => observer.disconnect()
  }, [root, load, state])
  return ref
}

/** Pixels by which a new bubble grows its list at the least. */
const BUBBLE = 30

/** Calls `grown` when a bubble is added to the returned element. */
export function useGrowth(grown: () => void) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = ref.current
    if (!element) return
    let height = element.offsetHeight
    const observer = new ResizeObserver(() => {
      const now = element.offsetHeight
      if (now > height + BUBBLE) grown()
      height = now
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [grown])
  return ref
}
