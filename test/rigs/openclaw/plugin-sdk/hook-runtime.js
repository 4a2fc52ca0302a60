// Imported by the plugin, and called only when a hook is installed; plugin-runtime.js has none.
const absent = () => {
  throw new Error('there are no hooks here')
}

export {
  absent as buildCanonicalSentMessageHookContext,
  absent as fireAndForgetHook,
  absent as toPluginMessageContext,
  absent as toPluginMessageSentEvent,
}
