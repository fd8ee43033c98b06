/* The service that the operator expects behind the port: which units are meant,
 * and whether a listener is theirs. */
#ifndef VERDICT_SERVICE_H
#define VERDICT_SERVICE_H

#include "controller/engine/view/view.h"

/* Was one asked for? */
bool service_is_asked(const struct view *view);

/* Has the destination looked for it (or said why it could not), and is all that
 * it saw there? */
bool service_was_sought(const struct view *view);

/* The unit that is to hold the port: of those asked for by name the one that
 * systemd has loaded, a socket unit on the port before the service that it
 * starts.  Where none was asked for, one that names the port.  NULL: none. */
const struct evidence *service_unit(const struct view *view);

/* Where the service's program listens on another port, or NULL. */
const struct evidence *service_elsewhere(const struct view *view);

enum service_match
{
    SERVICE_MATCH_UNKNOWN, /* it may be */
    SERVICE_MATCH_YES,
    SERVICE_MATCH_NO,
};

/* Does this listener belong to the service?  sure: is the answer beyond doubt,
 * by unit and not by name? */
enum service_match service_match(const struct view *view,
                                 const struct evidence *listener, bool *sure);

/* Does systemd itself hold it, as it does the sockets of socket units? */
bool service_is_systemd(const struct evidence *listener);

/* The socket unit that made this listener, or NULL: systemd holds it, or the
 * service that it starts. */
const struct evidence *service_socket_of(const struct view *view,
                                         const struct evidence *listener);

/* The listener that a SYN comes to that was translated (EVIDENCE_PACKET), if it
 * is in another namespace; NULL: none is known. */
const struct evidence *service_diverted_to(const struct view *view,
                                           const struct evidence *syn);

/* Does the unit run, and did it say that its address was in use? */
bool service_unit_is(const struct evidence *unit, const char *active_state);
bool service_unit_was_refused(const struct evidence *unit);

#endif
