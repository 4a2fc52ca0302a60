// Draws the demo video: wild geese over hills at dawn, with plucked tones of a pentatonic scale.
//   node draw.js picture   raw RGB frames, 1280x720, 25 a second, on standard output
//   node draw.js sound     raw signed 16-bit mono samples, 44,100 a second, on standard output
import { once } from 'node:events'
import sharp from 'sharp'

const seconds = 10
const [width, height, rate] = [1280, 720, 25]
const sampleRate = 44_100

/** A ridge of hills as a closed path; `seed` shapes it, `shift` moves it sideways. */
function ridge(base, tall, seed, shift) {
  const points = []
  for (let x = 0; x <= width; x += 16) {
    const u = (x + shift) / 210
    const y =
      Math.sin(u * 1.1 + seed) + 0.5 * Math.sin(u * 2.3 + seed * 3) + 0.22 * Math.sin(u * 5.1 + seed * 7)
    points.push(`${x} ${(base - tall * (0.5 + y * 0.42)).toFixed(1)}`)
  }
  return `M0 ${height} L${points.join(' L')} L${width} ${height} Z`
}

/** One goose that flies to the right; `flap` from -1 (wings down) to 1 (up). */
function goose(x, y, scale, flap, shade) {
  const tip = -flap * 66
  const elbow = -flap * 34 - 6
  const wing = (root, lean) =>
    `M${root + 17} -3 Q${root + 10 + lean} ${elbow - 6} ${root - 26 + lean} ${tip - 4} Q${root - 8 + lean} ${elbow + 8} ${root - 20} 0 Z`
  return `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${scale})" fill="${shade}">
    <path d="${wing(4, 14)}" opacity=".72"/>
    <path d="M-42 3 L-24 -5 C-10 -9 10 -9 22 -5 C34 -1 44 -7 55 -9 C58 -12 64 -12 66 -9 L74 -6 L65 -5 C54 -3 44 4 30 5 C14 10 -8 10 -24 5 Z"/>
    <path d="${wing(0, 0)}"/>
  </g>`
}

function scene(time) {
  const lead = { x: 430 + time * 52, y: 262 - time * 7 + Math.sin(time * 0.9) * 9 }
  const geese = []
  for (let place = -4; place <= 4; place++) {
    const behind = Math.abs(place)
    const far = place < 0
    const size = far ? 0.92 - behind * 0.055 : 0.92 + behind * 0.03
    const x = lead.x - behind * (far ? 82 : 92) + Math.sin(time * 0.7 + place) * 5
    const y = lead.y + (far ? -behind * 27 : behind * 41) + Math.sin(time * 1.1 + place * 1.7) * 5
    const beat = Math.sin(time * 6.4 - behind * 0.75 + (far ? 0.5 : 0))
    geese.push(goose(x, y, size, beat * 0.85 + 0.15, far ? '#3a2f4c' : '#231c33'))
  }
  const glow = 0.9 + 0.06 * Math.sin(time * 0.6)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x2="0" y2="1"><stop stop-color="#27345f"/><stop offset=".34" stop-color="#79699a"/>
        <stop offset=".58" stop-color="#e39a8e"/><stop offset=".78" stop-color="#fbd39a"/></linearGradient>
      <radialGradient id="halo"><stop stop-color="#fff3cf" stop-opacity="${glow}"/><stop offset=".28" stop-color="#ffe0a6" stop-opacity=".5"/>
        <stop offset="1" stop-color="#ffd08a" stop-opacity="0"/></radialGradient>
      <linearGradient id="mist" x2="0" y2="1"><stop stop-color="#ffe3c0" stop-opacity="0"/><stop offset="1" stop-color="#ffe3c0" stop-opacity=".5"/></linearGradient>
    </defs>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <circle cx="905" cy="${488 - time * 3}" r="330" fill="url(#halo)"/>
    <circle cx="905" cy="${488 - time * 3}" r="56" fill="#fff4d8"/>
    <path d="${ridge(556, 92, 1.3, time * 5)}" fill="#b98496"/>
    <path d="${ridge(606, 84, 4.1, time * 11)}" fill="#876783"/>
    <rect y="500" width="100%" height="220" fill="url(#mist)"/>
    <path d="${ridge(656, 70, 2.6, time * 21)}" fill="#564a6c"/>
    <path d="${ridge(712, 62, 5.7, time * 36)}" fill="#2e2944"/>
    ${geese.join('\n')}
  </svg>`
}

async function writePicture() {
  for (let frame = 0; frame < seconds * rate; frame++) {
    const pixels = await sharp(Buffer.from(scene(frame / rate)))
      .flatten()
      .raw()
      .toBuffer()
    if (!process.stdout.write(pixels)) await once(process.stdout, 'drain')
  }
}

function sound() {
  const scale = [293.66, 329.63, 369.99, 440, 493.88, 587.33, 659.26, 739.99]
  const melody = [0, 3, 5, 4, 3, 5, 7, 6, 5, 3, 4, 2, 3, 1, 0, 2, 3, 5, 3, 0]
  const samples = new Float64Array(seconds * sampleRate)
  const pluck = (at, frequency, loudness, decay) => {
    for (let index = Math.round(at * sampleRate); index < samples.length; index++) {
      const t = index / sampleRate - at
      const body =
        Math.sin(2 * Math.PI * frequency * t) +
        0.35 * Math.sin(4 * Math.PI * frequency * t) * Math.exp(-3 * t)
      samples[index] += loudness * body * Math.exp(-decay * t) * Math.min(1, t * 120)
    }
  }
  for (const [beat, step] of melody.entries()) pluck(0.2 + beat * 0.45, scale[step], 0.22, 2.1)
  for (let bar = 0; bar < 5; bar++) pluck(0.2 + bar * 1.8, [146.83, 110, 123.47, 110, 146.83][bar], 0.2, 0.9)
  const bytes = Buffer.alloc(samples.length * 2)
  for (const [index, value] of samples.entries()) {
    const fade = Math.min(1, (samples.length - index) / sampleRate)
    bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value * fade)) * 32_000), index * 2)
  }
  return bytes
}

if (process.argv[2] === 'sound') process.stdout.write(sound())
else await writePicture()
