/* May the worker do what it is told?  What the keeper could not judge when the
 * order came. */
#ifndef WORKER_PERMISSION_H
#define WORKER_PERMISSION_H

struct err;
struct worker;

/* May it arm, with the addresses that it knows by now?  A source sends only to
 * what its policy allows; an order with a name only to an address that the name
 * resolved to here, or, where it resolves to none, to the one that the order
 * told, and there within the rate per address.  Goes where the order says that
 * it is to probe.  0, or a negative errno and the sentence for the operator.  A
 * destination sends nothing until it walks. */
int permission_to_arm(struct worker *worker, struct err *err);

#endif
