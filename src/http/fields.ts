import { Type } from 'typebox'

/* Field shapes that several rooms share. Old clients send numbers as text and as fractions (contract 5.1, 7.3). */

/** Longest wxid, appId or other name we take, in characters. */
const NAME = 128

export const appId = Type.String({ minLength: 1, maxLength: NAME, description: '设备ID' })
export const wxid = (description: string) => Type.String({ minLength: 1, maxLength: NAME, description })
export const url = (description: string, minLength = 1) =>
  Type.String({ minLength, maxLength: 8192, description })

/** A number, or text that spells a decimal one. */
export const numeric = (description: string, maximum: number) =>
  Type.Unsafe<number | string>({
    type: ['number', 'string'],
    pattern: '^\\s*\\d{1,15}(\\.\\d{1,15})?\\s*$',
    minimum: 0,
    maximum,
    'x-maximum': maximum,
    description,
  })

/** An id that may come back as number, text, or not at all. */
export const looseId = (description: string) =>
  Type.Unsafe<number | string | null>({ type: ['number', 'string', 'null'], maxLength: 32, description })

/** A string that may be null or absent. */
export const looseText = (description: string) =>
  Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: NAME, description }))
