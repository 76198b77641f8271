#!/bin/sh
# Serves this bundle over HTTP:  ./deploy.sh [VERSION] [PORT]
#
# VERSION  of the bundle, such as 1.0 or 1.x; it is only checked. PORT  10086 unless given.
#
# What can be set besides:
#   HOST=0.0.0.0             lets other machines in; 127.0.0.1 unless given
#   NETLOOM_TOKEN=secret     callers have to send it as "Authorization: Bearer secret"
#   PYTHON=python3.12        makes .venv; 3.11 or newer
#   NETLOOM_PYTHON=/…/python serves with this interpreter as it is; nothing is installed
#   DOCKER=1                 serves in a container
#   SERVE_OPTIONS="…"        further options, see: .venv/bin/netloom-runtime serve --help
set -eu
unset CDPATH
cd "$(dirname "$0")"

VERSION=${1:-}
PORT=${2:-${PORT:-10086}}
HOST=${HOST:-127.0.0.1}
SERVE_OPTIONS=${SERVE_OPTIONS:-}

fail() {
    echo "deploy.sh: $1" >&2
    exit "${2:-1}"
}

field() { # the value of a text in the first level of bundle.json
    sed -n "s/^  \"$1\": \"\\([^\"]*\\)\".*/\\1/p" bundle.json | head -n 1
}

[ -f bundle.json ] || fail "bundle.json is missing: unzip the whole bundle"
NAME=$(field name)
OWN=$(field version)

case $VERSION in
'' | "$OWN") ;;
*.x)
    case "$OWN." in
    "${VERSION%x}"*) ;;
    *) fail "this bundle has version $OWN, not $VERSION" 2 ;;
    esac
    ;;
*)
    case "$OWN." in
    "$VERSION."*) ;;
    *) fail "this bundle has version $OWN, not $VERSION" 2 ;;
    esac
    ;;
esac
case $PORT in
'' | *[!0-9]*) fail "usage: ./deploy.sh [VERSION] [PORT]; $PORT is no port" 2 ;;
esac

WHEEL=$(ls runtime/netloom_runtime-*.whl 2>/dev/null | head -n 1)
[ -n "$WHEEL" ] || fail "runtime/ holds no wheel: unzip the whole bundle"

if [ "${DOCKER:-}" = 1 ]; then
    command -v docker >/dev/null 2>&1 || fail "docker is not installed"
    RUNTIME=$(basename "$WHEEL" | cut -d- -f2)
    # The tag goes by what is installed, so bundles with equal requirements share one image.
    TAG="netloom-runtime:$RUNTIME-$(cksum <requirements.txt | cut -d' ' -f1)"
    docker image inspect "$TAG" >/dev/null 2>&1 || docker build -t "$TAG" .
    CONTAINER="netloom-$NAME-$PORT"
    echo "Starting the container $CONTAINER; stop it with: docker rm -f $CONTAINER" >&2
    # shellcheck disable=SC2086 - several options
    exec docker run --rm --init --name "$CONTAINER" -p "$HOST:$PORT:10086" -e NETLOOM_TOKEN \
        -v "$PWD:/bundle:ro" "$TAG" serve /bundle --host 0.0.0.0 --port 10086 $SERVE_OPTIONS
fi

if [ -n "${NETLOOM_PYTHON:-}" ]; then
    command -v "$NETLOOM_PYTHON" >/dev/null 2>&1 || fail "there is no interpreter $NETLOOM_PYTHON"
    PYTHONPATH="$PWD/$WHEEL${PYTHONPATH:+:$PYTHONPATH}"
    export PYTHONPATH
    # shellcheck disable=SC2086 - several options
    exec "$NETLOOM_PYTHON" -m netloom.serving serve . --host "$HOST" --port "$PORT" $SERVE_OPTIONS
fi

find_python() {
    for each in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$each"
            return
        fi
    done
}

# What was installed is remembered, so that a newer bundle in the same folder installs again.
STAMP="$(cksum <requirements.txt) $(cksum <"$WHEEL")"
if [ ! -x .venv/bin/netloom-runtime ] || [ "$(cat .venv/installed 2>/dev/null)" != "$STAMP" ]; then
    FOUND=$(find_python)
    [ -n "$FOUND" ] || fail "Python 3.11 or newer is needed; name it: PYTHON=/…/python3 ./deploy.sh"
    echo "Installing into .venv, once …" >&2
    "$FOUND" -m venv .venv || fail "no virtual environment could be made (Debian: apt install python3-venv)"
    FAILED="installing failed: see above"
    if [ -d wheels ]; then
        set -- --no-index --find-links wheels
        FAILED="$FAILED; wheels/ is for $(cat wheels/made-for.txt 2>/dev/null || echo 'another system')"
    else
        set --
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" \
        -r requirements.txt "$WHEEL" || fail "$FAILED"
    echo "$STAMP" >.venv/installed
fi
# shellcheck disable=SC2086 - several options
exec .venv/bin/netloom-runtime serve . --host "$HOST" --port "$PORT" $SERVE_OPTIONS
