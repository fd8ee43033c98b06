/* A device that is up sends only once the kernel has seen its carrier, which a
 * busy machine does late; before, its queue swallows the first packet. */
#ifndef TESTS_AGENT_LINK_UP_H
#define TESTS_AGENT_LINK_UP_H

/* A command that waits for it, at most 30 s; its argument is the device. */
#define LINK_UNTIL_UP                                         \
    "n=0; until ip -brief link show %s | grep -q ' UP '; do " \
    "n=$((n + 1)); [ $n -lt 3000 ] || exit 1; sleep 0.01; done"

#endif
