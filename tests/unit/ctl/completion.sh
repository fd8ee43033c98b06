#!/bin/bash
# What bash offers behind probectl, with a controller that knows three agents.
set -u
# shellcheck source=/dev/null
. "$1"
faults=0

probectl()
{
    cat <<'EOF'
{
  "agents": [
    {
      "name": "hostA",
      "connected": true,
      "addresses": []
    },
    {
      "name": "hostB",
      "connected": false
    },
    {
      "name": "hostC",
      "connected": true
    }
  ]
}
EOF
}
timeout()
{
    shift
    "$@"
}

# expect OFFERED WORD...: the words so far, the last one not ended
expect()
{
    local offered=$1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _probectl 2>/dev/null
    if [[ ${COMPREPLY[*]} != "$offered" ]]; then
        echo "$*: offered '${COMPREPLY[*]}', not '$offered'"
        faults=1
    fi
}

expect "trace" probectl tr
expect "help" probectl he
expect "--output" probectl --o
expect "hostA hostC" probectl trace ""
expect "hostA: hostC:" probectl trace hostA ""
expect "hostA: hostC:" probectl trace -o json hostA ho
expect "hostC:" probectl trace hostA hostC
expect "" probectl trace hostA hostC :
expect "" probectl trace hostA hostC : 80
expect "--timeout" probectl trace hostA hostC : 80 --ti
expect "--count" probectl trace --c
expect "hostA hostB hostC" probectl trace hostA hostC : 80 --to ""
expect "judge" probectl help j
exit $faults
