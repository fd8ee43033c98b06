/* probectl token create: a token for an agent that is to join. */
#include <errno.h>
#include <stdio.h>

#include "common/base/clean.h"
#include "controller/ctl/ask.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/output.h"
#include "controller/ctl/profile.h"
#include "controller/ctl/token_args.h"

#define TOKEN_TIMEOUT_MS 10000

static int print_token(const struct answer *answer, struct err *err)
{
    struct writer writer = output_writer();

    if (answer->token[0] == '\0')
        return err_set(err, -EBADMSG, "the controller's answer is no token");
    writer_put(&writer, answer->token);
    writer_line(&writer);
    return 0;
}

int cmd_token(const struct ctl *ctl, int argc, char **argv)
{
    CLEAN(profile_fini) struct profile profile = {0};
    CLEAN(answer_fini) struct answer answer = {0};
    struct message request = {.kind = MESSAGE_TOKEN_REQUEST};
    struct token_args args;
    struct err err;
    int exit_status = STATUS_USAGE;
    int status = token_args_parse(&args, argc, argv);

    if (status < 0 || args.usage.help)
        return usage_finish(&token_argp, "probectl token", &args.usage);
    request.token_request = args.request;
    status = profile_load(&profile, ctl->profile, ctl->controller, &err);
    if (status == 0) {
        status =
            ask_controller(&profile, &request, TOKEN_TIMEOUT_MS, &answer, &err);
        exit_status = ask_status(status);
    }
    if (status == 0)
        status = print_token(&answer, &err);
    if (status < 0) {
        return output_fail(&err, exit_status);
    }
    return output_finish(STATUS_CONNECTED);
}
