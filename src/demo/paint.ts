import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours only where a person looks. */
const paint = (style: Style) => (text: string) => (process.stdout.isTTY ? styleText(style, text) : text)

export const bold = paint('bold')
export const dim = paint('dim')
export const green = paint('green')
export const red = paint('red')
