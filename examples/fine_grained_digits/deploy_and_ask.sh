#!/bin/sh
# Trains and measures the cascade, bundles it, serves the bundle as anybody would who got the zip file, and asks it
# about a scene. Words after the command go to `netloom run`:
#
#   ./deploy_and_ask.sh
#   PORT=8080 ./deploy_and_ask.sh --set find.epochs=2
#
# The bundle's deploy.sh makes an environment of its own; NETLOOM_PYTHON names one that has all it needs already.
set -eu
cd "$(dirname "$0")"
PORT=${PORT:-10086}

netloom run fine_grained_digits.yaml "$@"

FOLDER=$(mktemp -d)
SERVER=
stop() {
    [ -z "$SERVER" ] || { kill "$SERVER" 2>/dev/null && wait "$SERVER" || true; }
    rm -rf "$FOLDER"
}
trap stop EXIT
trap 'exit 130' INT TERM

netloom bundle last -o "$FOLDER/bundle.zip" --version 1.0
unzip -q "$FOLDER/bundle.zip" -d "$FOLDER/bundle" 2>/dev/null ||
    python3 -m zipfile -e "$FOLDER/bundle.zip" "$FOLDER/bundle"
sh "$FOLDER/bundle/deploy.sh" 1.x "$PORT" &
SERVER=$!

URL=http://127.0.0.1:$PORT
until curl -fs "$URL/readyz" >/dev/null; do
    kill -0 "$SERVER" 2>/dev/null || { echo "the server did not start" >&2; exit 1; }
    sleep 0.2
done
curl -fsS -H "Content-Type: application/json" -X POST --data-binary "@$FOLDER/bundle/sample/request.json" "$URL/aip"
echo
