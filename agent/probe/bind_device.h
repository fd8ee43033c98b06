/* A socket that goes by one device alone. */
#ifndef PROBE_BIND_DEVICE_H
#define PROBE_BIND_DEVICE_H

/* 0 or -errno.  An empty name binds it to none. */
int bind_device(int fd, const char *device);

#endif
