#!/bin/sh
# Three days, one after another: the first fits the feature map and trains; each later one predicts with the model of
# the day before and goes on training it. Words after the command go to each `netloom run` of a day:
#
#   ./three_days.sh
#   ROWS=10000000 ./three_days.sh
set -eu
cd "$(dirname "$0")"
ROWS=${ROWS:-200000}

keep() { # the model of the newest run becomes that of a day, whole or not at all
    run=$(netloom runs --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"][0]["run"])')
    rm -rf "models/$1" "models/.$1"
    mkdir -p models
    cp -RL "${NETLOOM_WORKSPACE:-.netloom}/runs/$run/outputs/fit.model" "models/.$1"
    mv "models/.$1" "models/$1"
}

netloom run days.yaml --set "vars.rows=$ROWS"
netloom run first_day.yaml "$@"
keep 2026-03-01
for day in 2026-03-02 2026-03-03; do
    netloom run next_day.yaml --set "date=$day" "$@"
    keep "$day"
done
