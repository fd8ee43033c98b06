"""Runs an agent under a policy: KEY=VALUE... of its section [probe], then the
agent's own words."""
import os
import sys

POLICY = "/run/agent.conf"


def main(words):
    lines = ["[probe]"]
    while "=" in words[0]:
        lines.append(words.pop(0))
    with open(POLICY, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.execvp(words[0], words + ["--policy", POLICY])


main(sys.argv[1:])
