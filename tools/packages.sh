#!/usr/bin/env bash
# Install the Debian packages of what this machine lacks: tools/packages.sh test|bench. What cannot be installed is named,
# and gone without.
set -euo pipefail

# A program or a header -> its package. ip and unshare make the loopback-only namespace of the conformance tests; nginx is
# what the benchmark of HTTP clients talks to, wrk what loads servers in theirs; chromium is the reader of what `ferrosock
# serve DIR` lists; curl asks the development servers of tests/downstream. Bjoern, a peer, is built with libev's header.
declare -A always=([cc]=gcc [make]=make [nginx]=nginx-light [wrk]=wrk)
declare -A test=([flock]=util-linux [unshare]=util-linux [ip]=iproute2 [openssl]=openssl [chromium]=chromium [curl]=curl)
declare -A bench=([/usr/include/ev.h]=libev-dev)

case "${1:-}" in
    test | bench) declare -n chosen=$1 ;;
    *)
        echo "usage: tools/packages.sh test|bench" >&2
        exit 2
        ;;
esac

missing=()
look() { # NAME PACKAGE
    PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null 2>&1 || [[ $1 == /* && -e $1 ]] || missing+=("$2")
}
for name in "${!always[@]}"; do look "$name" "${always[$name]}"; done
for name in "${!chosen[@]}"; do look "$name" "${chosen[$name]}"; done
# A system Python without ensurepip cannot make the environment.
if command -v python3 >/dev/null 2>&1 && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    missing+=(python3-venv)
fi
[ "${#missing[@]}" -gt 0 ] || exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
    # Nothing that is installed here shall start a service of its own.
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    echo "installing: ${missing[*]}"
    { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } >/dev/null ||
        echo "apt could not install ${missing[*]}; going on without" >&2
else
    echo "missing, and not installable here: ${missing[*]}; going on without" >&2
fi
