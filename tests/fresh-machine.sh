#!/bin/bash
# Prove both commands on a new Debian 12 with nothing but git and make, in a root made by debootstrap:
#
#   tests/fresh-machine.sh [run] [test] [--without-model]      as root; default: run test
#
# run:  `make run` until the pages are served, then a second start, which has to take under 3 s.
# test: `make test`.
# --without-model: the model cannot be fetched; the server has to come up all the same, and say so.
#
# The commit that is checked out is what is tested. Where packages come from, and through which proxy
# and certificates, is taken from this machine's settings. PORT (8080) is where the server listens.
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo 'root is needed, for debootstrap and chroot' >&2; exit 2; }
# All that is mounted or started below ends with this script: it has namespaces of its own.
if [ -z "${FRESH_ROOT:-}" ]; then
    FRESH_ROOT=$(mktemp -d /var/tmp/fresh-machine.XXXXXX)
    trap 'rm -rf --one-file-system "$FRESH_ROOT"' EXIT
    chmod 755 "$FRESH_ROOT" # mktemp lets only root in
    export FRESH_ROOT
    unshare --mount --pid --fork --kill-child "$0" "$@"
    exit
fi

repo=$(cd "$(dirname "$0")/.." && pwd)
root=$FRESH_ROOT
url=http://127.0.0.1:${PORT:-8080}
steps=() without_model=
for word; do
    case $word in
    run | test) steps+=("$word") ;;
    --without-model) without_model=1 ;;
    *) echo "usage: $0 [run] [test] [--without-model]" >&2; exit 2 ;;
    esac
done
[ ${#steps[@]} -gt 0 ] || steps=(run test)

say() { printf '\n######## %s\n' "$*"; }
now() { date +%s.%N; }
since() { awk "BEGIN {printf \"%.1f s\", $(now) - $1}"; }
inside() { chroot "$root" /usr/bin/env -i "${environment[@]}" sh -ec "cd /home/hongniang; $1"; }

make_root() {
    local sources mirror name value
    sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian')
    mirror=$(awk '$3 == "bookworm" {print $2; exit}' <<<"$sources")
    debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
        { tail "$root.log"; exit 1; }
    rm -f "$root.log"
    echo "$sources" >"$root/etc/apt/sources.list"

    # How this machine reaches its package sources, whatever that is.
    apt-config dump Acquire | grep -v 'Acquire::IndexTargets' >"$root/etc/apt/apt.conf.d/90host"
    mkdir -p "$root/usr/local/share/ca-certificates"
    cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
    cp -L --parents $(ls /etc/resolv.conf /etc/hosts /etc/pip.conf ~/.config/pip/pip.conf \
        ~/.pip/pip.conf ~/.npmrc 2>/dev/null) "$root"
    environment=(HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
    while IFS='=' read -r name value; do
        environment+=("$name=$value")
        case $value in
        /etc/ssl/*) ;; # comes with the package ca-certificates
        /*) [ ! -e "$value" ] || cp -a --parents "$value" "$root" ;;
        esac
    done < <(env | grep -iE '^(pip_[a-z_]+|npm_config_[a-z_]+|[a-z]+_proxy|ssl_cert_(file|dir)|node_extra_ca_certs)=')

    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    git clone --quiet --no-local "$repo" "$root/home/hongniang"
}

# start: `make run` until the server is ready; sets server.
start() {
    local began
    began=$(now)
    set -m # a process group of its own, for stop
    inside "exec make run LISTEN=127.0.0.1:${PORT:-8080}" >"$root/run.log" 2>&1 &
    server=$!
    set +m
    until inside "python3 -c 'import urllib.request; urllib.request.urlopen(\"$url/readyz\")'" 2>/dev/null; do
        kill -0 $server 2>/dev/null || { cat "$root/run.log"; say 'make run ended'; exit 1; }
        sleep 0.1
    done
    took=$(since "$began")
}

# stop: end it as Ctrl-C in a terminal would, and wait.
stop() {
    kill -INT -- -$server
    wait $server || true
}

fetch() {
    inside "python3 -c 'import urllib.request; print(urllib.request.urlopen(\"$url$1\").read().decode())'"
}

say 'a new Debian 12'
began=$(now)
make_root
inside 'apt-get update -q && apt-get install -qy --no-install-recommends git make' >/dev/null
echo "debootstrap, git and make: $(since "$began")"
[ -z "$without_model" ] || environment+=(PIP_NO_INDEX=1)

for step in "${steps[@]}"; do
    say "make $step"
    began=$(now)
    if [ "$step" = test ]; then
        inside 'make test'
        echo "make test: $(since "$began")"
        continue
    fi
    start
    tail -n 40 "$root/run.log"
    echo "first start: $took"
    fetch /readyz
    fetch / | head -c 300
    if [ -n "$without_model" ]; then
        fetch /readyz | grep -qi lexical && grep -qi warning "$root/run.log" || { echo 'it does not say so'; exit 1; }
    fi
    stop
    start
    echo "second start: $took"
    stop
    awk "BEGIN {exit !(${took% s} < 3)}" || { echo 'the second start is too slow'; exit 1; }
done
say 'done'
