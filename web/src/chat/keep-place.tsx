import { Component, type ReactNode, type RefObject } from 'react'

interface KeepPlaceProps {
  readonly scroller: RefObject<HTMLElement | null>
  readonly list: RefObject<HTMLElement | null>
  readonly children: ReactNode
}

interface Place {
  readonly line: Element
  /** Of the line: what stands above its words may go. */
  readonly bottom: number
}

/**
 * Lets the line that one reads stay where it is when lines come before or after it. At the bottom nothing is held: the
 * scroller counts from there, and so stays there. A class, as only those see the page just before it changes.
 */
export class KeepPlace extends Component<KeepPlaceProps> {
  override getSnapshotBeforeUpdate(): Place | null {
    const { scroller, list } = this.props
    if (!scroller.current || !list.current || isAtBottom(scroller.current)) return null
    const line = firstVisible(list.current.children, scroller.current.getBoundingClientRect().top)
    return line ? { line, bottom: line.getBoundingClientRect().bottom } : null
  }

  override componentDidUpdate(_props: KeepPlaceProps, _state: unknown, place: Place | null): void {
    const { current } = this.props.scroller
    if (!place?.line.isConnected || !current) return
    current.scrollTop += place.line.getBoundingClientRect().bottom - place.bottom
  }

  override render(): ReactNode {
    return this.props.children
  }
}

/** Pixels from the bottom that still count as being there. */
const NEAR = 24

/** Of a scroller in `column-reverse`: its offset is 0 at the bottom and negative above. */
export function isAtBottom(scroller: HTMLElement): boolean {
  return scroller.scrollTop > -NEAR
}

/** The first of the lines, one above the other, that ends below `top`. */
function firstVisible(lines: HTMLCollection, top: number): Element | undefined {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const line = lines[middle]
    if (line && line.getBoundingClientRect().bottom > top) high = middle
    else low = middle + 1
  }
  return lines[low]
}
