#!/bin/sh
# A trading day in command lines, against a venue that was just opened on an empty folder.
# usage: GPUBOURSE_DATA=… GPUBOURSE_VENUE=… tests/scenes/trading_day.sh DUMP
# DUMP is `nvidia-smi -q` of a server with eight H100; its time is set to now, as a seller of today
# would bring it. Every line but sed, printf and test is one that a person would type.
set -eu
dump=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\n$ gpubourse %s\n' "$*"; gpubourse "$@"; }
refused() { # CODE WORDS…: the venue must say no, with this exit code
    expected=$1
    shift
    printf '\n$ gpubourse %s\n' "$*"
    code=0
    gpubourse "$@" || code=$?
    test "$code" = "$expected" || { echo "ended $code, not $expected"; exit 1; }
}

now=$(TZ=CST-8 LC_ALL=C date '+%a %b %e %H:%M:%S %Y') # POSIX for UTC+8, the site's zone
sed "s/^Timestamp .*/Timestamp                                 : $now/" "$dump" > "$work/dump.txt"
printf 'Invoice 7781: eight H100 with their serials\n' > "$work/invoice.txt"
printf 'Customs declaration 31-0042\n' > "$work/customs.txt"

# The clerks admit a seller and a buyer; roles take both of them.
say operator party "Helan Computing" --registration-no 91640500 --me clerk-1       # p-0002
say operator party "Pudong Models" --registration-no 91310115 --me clerk-1         # p-0003
say operator tier p-0002 2 --me clerk-1
say operator tier p-0003 2 --me clerk-1
say operator role p-0002 owner --me clerk-1
say operator approve z-000001 --me clerk-2
say operator role p-0002 operator --me clerk-1
say operator approve z-000002 --me clerk-2
say keys new seller --party p-0002 --holder "Li Na" --scopes read,seller,trade --me clerk-1
say keys new buyer --party p-0003 --holder "Wang Wei" --scopes read,trade --me clerk-1

# The seller's server becomes eight units with papers and title.
say inspect "$work/dump.txt" --zone Asia/Shanghai
say operator site "Beijing West Hall" --point CN-BJ --me seller
say import "$work/dump.txt" --site s-0001 --no-claim --yes --me seller
say operator provenance file n-0001 --kind invoice --names-serial --document "$work/invoice.txt" --me seller
say operator provenance file n-0001 --kind customs --document "$work/customs.txt" --me seller
say operator provenance verify n-0001 --document "$work/invoice.txt" --me clerk-1
say operator provenance verify n-0001 --document "$work/customs.txt" --me clerk-1
say operator title n-0001 --yes --me seller
say operator approve z-000003 --me clerk-1
say inventory --me seller

# Surplus is offered, cash comes in, a buyer takes it.
market=T.H100SXM8.A1.CN-BJ
tries=0
until gpubourse book "$market" 2> "$work/book" | grep -q 'is continuous'; do
    tries=$((tries + 1)) # five minutes after midnight in Beijing no market is open
    test "$tries" -lt 400 || { cat "$work/book"; exit 1; }
    sleep 1
done
refused 2 sell n-0001 --price 103550 --yes --me seller # between two steps
say sell n-0001 --price 103500 --yes --me seller
refused 1 buy 8 H100 A1 CN-BJ --limit 105000 --yes --me buyer # no cash yet
say operator deposit p-0003 1000000 --reference BANK-7781 --yes --me clerk-1
say buy 8 H100 A1 CN-BJ --limit 105000 --yes --me buyer
say settle list --me buyer

# Delivery, a look at what came, acceptance: title and cash change hands at once.
say settle deliver x-000001 --me seller
sed 's/1654423001593/1654423009999/' "$work/dump.txt" > "$work/strange.txt"
refused 1 settle accept x-000001 --report "$work/strange.txt" --yes --me buyer
say settle accept x-000001 --report "$work/dump.txt" --yes --me buyer
say operator withdrawal ask 500000 --to "ICBC 6222 0202" --yes --me seller
say operator withdrawal confirm y-000001 --reference BANK-7790 --yes --me clerk-1

# The auditor reads the day from the journal itself.
say audit history u-000001
say audit trial-balance
say audit verify
