#!/bin/sh
# Makes hongyan.mp4 and hongyan.jpg anew (needs node, `npm ci` and ffmpeg): sh assets/demo/make.sh
set -eu
cd "$(dirname "$0")"
sound=$(mktemp)
trap 'rm -f "$sound"' EXIT
node draw.js sound >"$sound"
node draw.js picture | ffmpeg -hide_banner -loglevel error -nostdin -y \
  -f rawvideo -pixel_format rgb24 -video_size 1280x720 -framerate 25 -i pipe:0 \
  -f s16le -ar 44100 -ac 1 -i "$sound" \
  -c:v libx264 -preset slow -crf 12 -pix_fmt yuv420p -c:a aac -b:a 96k -shortest \
  -fflags +bitexact -flags:v +bitexact -flags:a +bitexact hongyan.mp4
ffmpeg -hide_banner -loglevel error -nostdin -y -ss 9.3 -i hongyan.mp4 -frames:v 1 -vf scale=640:360 -q:v 3 hongyan.jpg
