import { useEffect, useState } from 'react'

/** A picture of this computer, before it is sent. What the browser cannot show is not shown. */
export function Preview({ file }: { file: File }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return url && <img className="send-pick-preview" src={url} alt="" onError={() => setUrl(undefined)} />
}
