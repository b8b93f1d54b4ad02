#!/usr/bin/env bash
# Trains the embedded model in the background, at the lowest priority, in the two stages of GLIGEN: words first, boxes on a frozen
# base after. Everything lives outside the repository and every stage resumes from its checkpoint, so run it again whenever it stopped.
#
#   training/run_in_background.sh WORK [ART]      WORK/log says where it stands; ART: rebuild_art.mjs's folder, for the first run
#
# Settings by environment: PYTHON, INIT (an export to start from, default the shipped model), COUNT (scenes), TEXT_MINUTES,
# GROUNDING_MINUTES (of computing; raise them to train on), THREADS.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mkdir -p "$1" && cd "$1" && pwd)
art=${2:-}
python=${PYTHON:-python3}
init=${INIT:-$here/../assets/models/clipart-128}

if [ "${ISAC_TRAINING_DETACHED:-}" != 1 ]; then
  if [ -f "$work/pid" ] && kill -0 "$(cat "$work/pid")" 2>/dev/null; then
    echo "already running as process $(cat "$work/pid"); see $work/log"
    exit 0
  fi
  ISAC_TRAINING_DETACHED=1 PYTHONUNBUFFERED=1 nohup nice -n 19 "$0" "$@" >>"$work/log" 2>&1 </dev/null &
  echo $! >"$work/pid"
  echo "process $!; see $work/log"
  exit 0
fi

cd "$here"
if [ ! -f "$work/pool/done" ]; then
  "$python" make_pool.py "$art" "$work/pool" --style one --seed 11 --count "${COUNT:-40000}"
  "$python" encode_pool.py "$work/pool" "$init/vae" --threads "${THREADS:-2}"
  touch "$work/pool/done"
fi
stage() { "$python" train.py "$work/pool" "$work/$1" --vae "$init/vae" --stage "$1" --threads "${THREADS:-2}" "${@:2}"; }
stage text --init "$init" --minutes "${TEXT_MINUTES:-100}"
stage grounding --after "$work/text/last.pt" --new-optimizers --init "$init" --minutes "${GROUNDING_MINUTES:-30}"
"$python" export.py "$work/grounding/last.pt" --vae "$init/vae" --tokenizer "$work/grounding/tokenizer" --out "$work/export"
