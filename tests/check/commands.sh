#!/bin/sh
# A command is put together by controller/engine/explain/command/command_line.c alone, so that
# no host's word reaches an operator's shell unquoted; and a report's texts go
# through controller/report/values.c, which cleans them: HACKING.md.
set -eu
cd "$1"
faults=0

sources=$(find controller/engine controller/report -name '*.[ch]' ! -name 'command_line.[ch]')

# complain WHY PATTERN: no line of these sources may look like that
complain() {
    # shellcheck disable=SC2086 # a list of names
    if grep -nE "$2" $sources /dev/null; then
        echo "    ^ $1"
        faults=1
    fi
}

complain 'a command is built by its verbs, not printed' \
    '(text_format|printf|str(n?cpy|n?cat)|mem(cpy|move))[^;]*command'
complain 'the text of a command is only read' \
    '(line|command)(\.|->)text(\[[^]]*\])? *=[^=]'
complain 'literals go through the macros, which take nothing else' \
    'command_[a-z_]*_literal'
sources=$(find controller/engine controller/report -name '*.[ch]' ! -path '*/command/*')
complain 'what takes an address, a route or a rule away remembers what: command_delete_*' \
    '"(addr|address|route|rule|link)( [a-z]*)? (del|delete|flush|replace|down)\>'
programs='ip|nft|ip6?tables(-nft|-legacy)?|ipset|sysctl|tc|ethtool|systemctl|docker|firewall-cmd|ufw|fail2ban-client|bpftool|nsenter|kill|prlimit|conntrack|ss|sed'
complain 'a text of ours that begins like a command and has a hole in it' \
    "\"($programs) (-[a-z0-9]+|[a-z-]{3,}) [^\"]*%"
sources=$(find controller/report -name '*.c' ! -name values.c)
complain 'a text of a report is cleaned in values.c, whoever wrote it' \
    'json_(stringn?|stringn?_nocheck|pack)\(([^"]|$)'
[ $faults -eq 0 ] && echo 'all commands are built from words'
exit $faults
