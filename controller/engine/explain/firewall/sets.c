/* Sets of a firewall: out with the entry that the packet is. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

/* An element as nft prints one: "192.0.2.7", "10.0.0.0/8 . 80".  None of these
 * characters ends the braces. */
static void add_nft_element(struct command_line *line, const char *element)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/_- ";
    char braced[96];

    text_format(braced, sizeof(braced), "{ %s }", element);
    if (strlen(element) + 5 > sizeof(braced) ||
        strchr(" -", element[0]) != NULL ||
        element[strspn(element, letters)] != '\0')
        command_drop(line);
    else
        command_word(line, braced);
}

/* A host's address, or one with more behind it ("192.0.2.7 . 80"), and no network,
 * range or anything else that others may match. */
static bool is_of_one_host(const char *element)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address address;
    size_t size = strcspn(element, " ");

    if (size >= sizeof(text) || strchr(element, '/') != NULL ||
        (element[size] != '\0' && strncmp(element + size, " . ", 3) != 0))
        return false;
    text_format(text, sizeof(text), "%.*s", (int)size, element);
    return address_parse(text, &address) == 0;
}

void fix_set(const struct evidence *rule, const struct finding *finding,
             struct judgement *out)
{
    const char *set = evidence_text(rule, KEY_SET, NULL);
    const char *element = evidence_text(rule, KEY_ELEMENT, NULL);
    /* Of an answer the host is the destination, and its own connections to the
     * source were stopped as well. */
    bool shared = finding->packet == PACKET_SYN_ACK || element == NULL ||
                  !is_of_one_host(element);
    struct command_line line;

    if (set == NULL || element == NULL)
        return;
    if (evidence_word(rule, KEY_BACKEND) == BACKEND_NFTABLES) {
        command_start(&line, COMMAND_IN_NETWORK, "nft");
        command_fixed(&line, "delete element");
        fix_name_nft_table(&line, rule);
        command_nft_name(&line, set);
        add_nft_element(&line, element);
    } else {
        command_start(&line, COMMAND_IN_NETWORK, "ipset");
        command_fixed(&line, "del");
        command_word(&line, set);
        command_word(&line, element);
    }
    fix_add(out, finding->role, shared ? OPENS_OTHERS : OPENS_CONNECTION,
            "until-reload",
            "takes the entry out of the set, for all that it stops; whoever "
            "put it there may do so again",
            &line);
}
