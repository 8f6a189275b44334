#!/bin/sh
# Turn the files of a folder into a table inside the program (see web/assets.h).
#
#   web/embed-assets.sh DIR OUT.S OUT.c
#
# OUT.S takes in the bytes, OUT.c lists them by path, sorted bytewise. A DIR that is not there makes
# an empty table: the program then has a command line and an API, but no pages.
set -eu
export LC_ALL=C

dir=$1 bytes=$2 table=$3

type_of() {
    case $1 in
    *.html) echo 'text/html; charset=utf-8' ;;
    *.js) echo 'text/javascript; charset=utf-8' ;;
    *.css) echo 'text/css; charset=utf-8' ;;
    *.json) echo 'application/json' ;;
    *.svg) echo 'image/svg+xml' ;;
    *.png) echo 'image/png' ;;
    *.ico) echo 'image/x-icon' ;;
    *.woff2) echo 'font/woff2' ;;
    *.txt) echo 'text/plain; charset=utf-8' ;;
    *) echo 'application/octet-stream' ;;
    esac
}

list=$(cd "$dir" 2>/dev/null && find . -type f ! -name '.*' | sed 's/^\.//' | sort) || list=
n=0
{
    echo '    .section .rodata'
    for path in $list; do
        printf '    .balign 16\n    .globl asset_%d\nasset_%d:\n    .incbin "%s"\n' \
            $n $n "$dir$path"
        n=$((n + 1))
    done
    echo '    .section .note.GNU-stack,"",%progbits'
} >"$bytes"

n=0
{
    echo '/* Made by web/embed-assets.sh. */'
    printf '#include "web/assets.h"\n\n'
    for path in $list; do
        echo "extern const unsigned char asset_$n[];"
        n=$((n + 1))
    done
    printf '\nconst struct asset assets[] = {\n'
    n=0
    for path in $list; do
        printf '    {"%s", "%s", asset_%d, %d},\n' \
            "$path" "$(type_of "$path")" $n "$(wc -c <"$dir$path")"
        n=$((n + 1))
    done
    printf '    {0, 0, 0, 0},\n};\n\nconst size_t assets_count = %d;\n' $n
} >"$table"
