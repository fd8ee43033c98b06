/* Arms all observers where it is started, waits or connects, collects, disarms
 * and prints everything: driver ROLE OWN PEER PORT MS [connect].  Not a test:
 * a tool for looking, and something to kill. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/agent/observe/fake_worker.h"

int main(int count, char **words)
{
    struct fake_worker *fake;
    unsigned left;
    int ms;

    if (count < 6)
        return 2;
    ms = atoi(words[5]);
    fake = fake_worker_new(strcmp(words[1], "source") == 0 ? ROLE_SOURCE
                                                           : ROLE_DESTINATION,
                           words[2], words[3], (uint16_t)atoi(words[4]));
    fake->timing = stdout;
    fake_worker_arm(fake, count > 7 ? words[7] : NULL);
    puts("armed");
    fflush(stdout);
    if (count > 6 && strcmp(words[6], "connect") == 0)
        (void)fake_worker_connect(fake, 1, &fake->peer);
    fake_worker_run(fake, (unsigned)ms);
    fake_worker_collect(fake);
    left = fake_worker_disarm(fake);
    printf("left behind: %u\n", left);
    fake_worker_print(fake, stdout);
    fake_worker_free(fake);
    return 0;
}
