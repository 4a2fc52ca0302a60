import type { Ref } from 'react'

interface FileInputProps {
  readonly ref?: Ref<HTMLInputElement>
  /** On the button. */
  readonly label: string
  /** For those who hear it, where the label alone is not plain. */
  readonly name?: string
  /** Types that the browser offers first; empty for all. */
  readonly accept: string
  readonly multiple?: boolean
  readonly onFiles: (files: readonly File[]) => void
}

/** The browser's own file input behind a button in the page's words. */
export function FileInput({ ref, label, name, accept, multiple = false, onFiles }: FileInputProps) {
  return (
    <label className="send-choose">
      <input
        ref={ref}
        type="file"
        className="hy-hidden"
        aria-label={name}
        accept={accept}
        multiple={multiple}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])])
          // So that the same file can be chosen again.
          currentTarget.value = ''
        }}
      />
      {label}
    </label>
  )
}
