/* Tells a service manager how we are (sd_notify's protocol). */
#ifndef CONTROLLER_NOTIFY_H
#define CONTROLLER_NOTIFY_H

/* Sends the state, e.g. "READY=1"; does nothing without NOTIFY_SOCKET. */
void notify_send(const char *state);

#endif
