#!/bin/sh
# probectl as a shell sees it: exit statuses, and what goes to which output.
set -u
probectl=$1
golden=$2
cases=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work" PROBECTL_PROFILE="$work/nowhere" LC_ALL=C
faults=0

# expect STATUS WHERE TEXT ARGUMENT...: status, and TEXT in out or err; when
# TEXT stands in err, out is empty
expect() {
    status=$1 where=$2 text=$3
    shift 3
    "$probectl" "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ $got -ne "$status" ] || ! grep -qF -e "$text" "$work/$where" ||
        { [ "$where" = err ] && [ -s "$work/out" ]; }; then
        echo "probectl $*: status $got, not $status, or no '$text' in $where:"
        cat "$work/out" "$work/err"
        faults=1
    fi
}

expect 2 err 'probectl: no command was given'
expect 2 err "probectl: 'trade' is not a command" trade
expect 2 err "'trac' is not a command; did you mean 'trace'?" trac a b:1
expect 2 err "'tkoen' is not a command; did you mean 'token'?" tkoen create
expect 2 err "'hlpe' is not a command" help hlpe
expect 0 out 'Usage: probectl [' help
expect 0 out 'Usage: probectl trace' help trace
expect 0 out 'probectl 0' version
expect 0 out '"schema": "probectl.causes/1"' -o json causes
expect 0 out '"name": "no-route"' --output=json causes no-route
# JSON on standard output whatever the status, and the sentence on the other
for words in 'trace a b:0 -o json' '-o json trace a b:0' \
    'trace a b:0 --output json' 'trace -ojson a' '-o json trac' \
    'trace --wrong a b:1 -o json' 'trace a b:1 -o json' 'agents -o json' \
    'report -o json /nonexistent' 'judge -o json /nonexistent' \
    'causes -o json rp-filtr' '-o json token create'; do
    # shellcheck disable=SC2086 # words are meant
    "$probectl" $words >"$work/out" 2>"$work/err"
    got=$?
    if [ $got -ne 2 ] || [ ! -s "$work/err" ] ||
        ! python3 -c 'import json, sys
answer = json.load(open(sys.argv[1]))
assert answer["schema"] == "probectl.error/1" and answer["status"] == 2
assert answer["error"]' "$work/out"; then
        echo "probectl $words: status $got, or no JSON:"
        cat "$work/out" "$work/err"
        faults=1
    fi
done
expect 2 err "unrecognized option '--profil3'" --profil3 x agents
expect 2 err 'requires an argument' --profile
expect 0 out 'Usage: probectl' --help
expect 0 out 'probectl 0' --version
for command in trace agents token report judge causes; do
    expect 0 out "Usage: probectl $command" $command -h
    expect 0 out 'Example:' $command --help
    expect 2 err "Try 'probectl $command --help'" $command --wrong
done
expect 2 err "unrecognized option '--wrong'" trace a b:1 --wrong
expect 2 out "there is no option '--wrong'" trace a b:1 --wrong -o json
expect 2 out "'--count' wants N after it" -o json trace a b:1 --count
expect 2 out "'--f': several begin so" -o json trace a b:1 --f x
expect 2 out "the option has no value" -o json trace a b:1 --no-self-test=3
expect 2 out "there is no option '-x'" -o json agents -x
expect 2 err "'b:0': the port is not 1 to 65535" trace a b:0
expect 2 err 'not there yet' trace a b:53/udp
expect 2 err 'not there yet' trace a b:53 --payload
expect 2 err "$work/nowhere" trace a b:1
expect 2 err "$work/nowhere" agents
expect 2 err "$work/nowhere" token create
expect 2 err 'no unit' token create --ttl 60
expect 2 err 'too many' agents now
expect 2 err 'cannot read /nonexistent' report /nonexistent
expect 0 out '+ connected (proven)' report "$golden/connected.json"
expect 1 out 'x firewall-drop (proven)' report "$golden/firewall-drop.json"
expect 4 out '? undetermined' report "$golden/undetermined.json"
expect 1 out '"cause": "firewall-drop"' report -o json \
    "$golden/firewall-drop.json"
expect 1 out 'x firewall-drop (proven)' judge "$cases/firewall-drop-at-input.json"
expect 1 out '"schema": "probectl.report/1"' judge -o json \
    "$cases/firewall-drop-at-input.json"
expect 2 err 'the schema is not probectl.bundle/1' judge \
    "$golden/connected.json"
echo '{"schema": "probectl.bundle/1", "subject": {}}' >"$work/broken"
expect 2 err 'no subject or no evidence' judge "$work/broken"
expect 2 err 'cannot read /nonexistent' judge /nonexistent
expect 2 err 'the file is missing' judge
echo '{"schema": "x"' >"$work/broken"
expect 2 err 'not JSON: line 2' report "$work/broken"
echo '[]' >"$work/broken"
expect 2 err 'not a JSON object' report "$work/broken"
expect 0 out 'rp-filter                      reverse path filtering' causes
expect 0 out 'Not found yet' causes
expect 0 out '"schema": "probectl.causes/1"' causes -o json
expect 0 out 'the same, mirrored: destination, output, the SYN-ACK' causes no-route
expect 0 out '"name": "no-route"' causes no-route -o json
expect 0 out 'not found yet: no row has it' causes mtu-blackhole
expect 0 out 'several attempts, summed up' causes intermittent-loss
expect 0 out '2h  else CONNECTED' causes --positions
expect 0 out '"law"' causes --positions -o json
expect 2 err "'rp-filtr' is no cause; near it: 'rp-filter'" causes rp-filtr
expect 2 err "near it: 'firewall-drop', 'firewall-reject'" causes firewall
expect 2 err "'x9' is no cause; 'probectl causes' lists them" causes x9
expect 2 err 'one argument too many' causes no-route tc-drop
expect 2 err 'is about no cause' causes --positions no-route

printf '{}' >"$work/empty.json"
expect 2 err 'this is not a report' report "$work/empty.json"

# standard input; a full disk; a closed output; a reader that goes away
"$probectl" report - <"$golden/refused.json" >/dev/null
[ $? -eq 1 ] || { echo 'report -: wrong status'; faults=1; }
"$probectl" report "$golden/refused.json" >/dev/full 2>"$work/err"
[ $? -eq 3 ] && grep -q 'No space left' "$work/err" ||
    { echo 'a full disk went unnoticed'; faults=1; }
"$probectl" report "$golden/refused.json" >&- 2>"$work/err"
[ $? -eq 3 ] && grep -q 'closed' "$work/err" ||
    { echo 'a closed output went unnoticed'; faults=1; }
mkfifo "$work/pipe"
sleep 0.2 <"$work/pipe" &
{ sleep 0.5; "$probectl" report "$golden/refused.json" 2>"$work/err"; \
    echo $? >"$work/status"; } >"$work/pipe"
wait
[ "$(cat "$work/status")" = 3 ] ||
    { echo 'a broken pipe went unnoticed'; faults=1; }
exit $faults
