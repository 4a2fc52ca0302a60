import { Component, type ReactNode } from 'react'
import { ErrorNotice } from '../ui/error-notice.tsx'

interface PageFaultProps {
  /** Another one is another page, and tried anew. */
  readonly page: string
  readonly children: ReactNode
}

/** Says that a page broke, and leaves the others usable. */
export class PageFault extends Component<PageFaultProps, { readonly broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override componentDidUpdate(before: PageFaultProps): void {
    if (before.page !== this.props.page && this.state.broken) this.setState({ broken: false })
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children
    return (
      <div className="shell-page">
        <ErrorNotice error={undefined} onRetry={() => location.reload()} />
      </div>
    )
  }
}
