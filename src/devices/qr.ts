/**
 * The picture of a QR code as clients expect it: `data:image/jpg;base64,…` (contract 2.7). Both libraries are loaded
 * at the first login only; most of a gateway's life needs neither.
 */
export async function drawQr(text: string): Promise<string> {
  const [{ default: qrcode }, { default: sharp }] = await Promise.all([import('qrcode'), import('sharp')])
  const png = await qrcode.toBuffer(text, { errorCorrectionLevel: 'M', margin: 2, width: 300 })
  const jpeg = await sharp(png).jpeg({ quality: 90 }).toBuffer()
  return `data:image/jpg;base64,${jpeg.toString('base64')}`
}
